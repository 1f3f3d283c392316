// Reads the files in a tar or zip archive into memory, by libarchive.

#include "data/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>

#include <filesystem>
#include <memory>

#include "base/text.h"
#include "data/input_file.h"

namespace dlrun {
namespace {

// libarchive brings names over the characters of the thread's locale, and the "C" locale, which is the program's, has
// ASCII alone. While one of these lives, the calling thread's characters are UTF-8; its numbers and messages stay.
class Utf8Characters {
 public:
  Utf8Characters() {
    const locale_t copy = duplocale(uselocale(locale_t{}));
    for (const char* name : {"C.UTF-8", "C.utf8", "en_US.UTF-8"})
      if (copy && !characters_) characters_ = newlocale(LC_CTYPE_MASK, name, copy);
    if (characters_)
      before_ = uselocale(characters_);
    else if (copy)
      freelocale(copy);
  }
  ~Utf8Characters() {
    if (!characters_) return;
    uselocale(before_);
    freelocale(characters_);
  }
  Utf8Characters(const Utf8Characters&) = delete;
  Utf8Characters& operator=(const Utf8Characters&) = delete;

 private:
  locale_t characters_{}, before_{};
};

// With what is no printable ASCII as "\xE9".
std::string escaped(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes)
    text += byte >= ' ' && byte <= '~' ? std::string(1, byte) : fmt::format("\\x{:02X}", static_cast<uint8_t>(byte));
  return text;
}

// A name a person wrote or a tool made: "./a/b" is "a/b"; what leaves the archive is refused.
std::string safe_name(const std::string& path, const std::string& name) {
  if (invalid_utf8(name) != std::string::npos)
    bad_data(path, "holds '" + escaped(name) + "', a name that is no UTF-8; pack it again with names in UTF-8");
  std::string clean;
  if (name.starts_with('/') || name.find('\\') != std::string::npos)
    bad_data(path, "holds '" + name + "', a name that may lead out of the archive");
  for (const std::string& part : split(name, '/')) {
    if (part == "..") bad_data(path, "holds '" + name + "', a name that leads out of the archive");
    if (!part.empty() && part != ".") clean += (clean.empty() ? "" : "/") + part;
  }
  return clean;
}

class Reader {
 public:
  Reader(const std::string& path, const ArchiveLimits& limits) : path_(path), limits_(limits) {
    InputFile exists(path);  // for its messages
    archive_read_support_format_tar(archive_.get());
    archive_read_support_format_zip(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_filter_xz(archive_.get());
    archive_read_support_filter_zstd(archive_.get());
    check(archive_read_open_filename(archive_.get(), path.c_str(), 1 << 18));
  }

  bool next() {
    const Utf8Characters characters;
    begun_.clear();
    const int status = archive_read_next_header(archive_.get(), &entry_);
    if (status == ARCHIVE_EOF) return false;
    check(status);
    if (++files_ > limits_.files) bad_data(path_, "holds more than " + std::to_string(limits_.files) + " files");
    return true;
  }

  std::string name() const {
    const Utf8Characters characters;
    const char* name = archive_entry_pathname_utf8(entry_);
    if (!name) name = archive_entry_pathname(entry_);  // the bytes as they are, for the message
    if (!name) bad_data(path_, "holds a file without a readable name");
    return safe_name(path_, name);
  }
  bool is_link() const { return archive_entry_hardlink(entry_) || archive_entry_filetype(entry_) == AE_IFLNK; }
  bool is_file() const { return archive_entry_filetype(entry_) == AE_IFREG; }

  // Of the file at hand; the same bytes begin its content.
  std::string_view first_bytes(const std::string& name) {
    if (!is_file()) return {};
    while (begun_.size() < 16 && read_more(name, begun_)) continue;
    return std::string_view(begun_).substr(0, 16);
  }

  std::string content(const std::string& name) {
    std::string bytes = std::move(begun_);
    while (read_more(name, bytes)) continue;
    return bytes;
  }

 private:
  // False at its end.
  bool read_more(const std::string& name, std::string& bytes) {
    if (archive_entry_is_encrypted(entry_)) bad_data(path_, "'" + name + "' is encrypted");
    char chunk[1 << 16];
    const la_ssize_t got = archive_read_data(archive_.get(), chunk, sizeof chunk);
    if (got < 0) fail();
    bytes.append(chunk, static_cast<size_t>(got));
    total_ += got;
    if (static_cast<int64_t>(bytes.size()) > limits_.file_bytes)
      bad_data(path_, "'" + name + "' is longer than " + std::to_string(limits_.file_bytes) + " bytes");
    if (total_ > limits_.total_bytes)
      bad_data(path_, "holds more than " + std::to_string(limits_.total_bytes) +
                          " bytes unpacked; unpack it to a folder and read that");
    return got > 0;
  }

  void check(int status) {
    if (status < ARCHIVE_WARN) fail();
  }
  [[noreturn]] void fail() {
    const char* reason = archive_error_string(archive_.get());
    bad_data(path_, std::string("is damaged, cut short or no tar or zip archive") + (reason ? ": " : "") +
                        (reason ? reason : ""));
  }

  struct Free {
    void operator()(archive* opened) const { archive_read_free(opened); }
  };
  std::string path_;
  ArchiveLimits limits_;
  std::unique_ptr<archive, Free> archive_{archive_read_new()};
  archive_entry* entry_ = nullptr;
  std::string begun_;  // read already of the file at hand
  int64_t files_ = 0, total_ = 0;
};

}  // namespace

bool is_archive_name(const std::string& path) {
  const std::string name = lower(std::filesystem::path(path).filename().string());
  for (const char* ending : {".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst", ".zip"})
    if (name.ends_with(ending)) return true;
  return false;
}

void read_archive(const std::string& path, const ArchiveLimits& limits,
                  const std::function<bool(const std::string&, const FirstBytes&)>& wanted,
                  const std::function<void(const std::string&, std::string)>& take) {
  Reader reader(path, limits);
  while (reader.next()) {
    const std::string name = reader.name();
    if (!reader.is_file() && !reader.is_link()) continue;
    if (!wanted(name, [&] { return reader.first_bytes(name); })) continue;
    if (reader.is_link()) bad_data(path, "'" + name + "' is a link; only files are read from archives");
    take(name, reader.content(name));
  }
}

}  // namespace dlrun
