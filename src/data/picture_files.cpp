// Pictures in folders and archives: finding them by what they are, and what their heads say.

#include "data/picture_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/archive.h"
#include "data/in_parallel.h"
#include "data/input_file.h"

namespace dlrun {
namespace {

namespace fs = std::filesystem;

std::string ending_of(const std::string& name) {
  const size_t dot = name.rfind('.'), slash = name.rfind('/');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return "";
  return lower(name.substr(dot));
}

bool one_of_these(const std::string& ending, std::initializer_list<const char*> endings) {
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

bool hidden(const std::string& name) {
  for (const std::string& part : split(name, '/'))
    if (part.starts_with('.') || part == "__MACOSX") return true;
  return false;
}

// The first `count` bytes of a regular file, fewer where it is shorter. Throws UserError(no_input).
std::string beginning_of(const std::string& path, size_t count) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) no_input(path, std::string("cannot be read: ") + std::strerror(errno));
  struct stat status = {};
  std::string bytes;
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    bytes.resize(std::min(count, static_cast<size_t>(status.st_size)));
    const ssize_t got = pread(descriptor, bytes.data(), bytes.size(), 0);
    bytes.resize(static_cast<size_t>(std::max<ssize_t>(0, got)));
  }
  close(descriptor);
  return bytes;
}

// What one source holds: its pictures, and how many files were left out for which reason.
class Finder {
 public:
  explicit Finder(std::string source) : source_(std::move(source)) {}

  // Whether to read a file; a picture we cannot read is an error, not a smaller data set.
  bool wants(const std::string& name, const FirstBytes& first_bytes) {
    note_folders(name, false);
    if (hidden(name)) {
      ++hidden_;
      return false;
    }
    const std::string ending = ending_of(name);
    if (one_of_these(ending, {".jpg", ".jpeg", ".jpe", ".jfif", ".png"})) return true;
    const std::string_view bytes = first_bytes();
    if (picture_format(bytes) == PictureFormat::jpeg_or_png) return true;
    // Text may begin like one of the others: the ending must say so too.
    const bool other = one_of_these(ending, {".bmp", ".dib", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm"});
    if (other && !bytes.empty()) return true;
    if (one_of_these(ending, {".gif", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".dcm", ".svg"}))
      bad_data(source_ + "/" + name,
               "pictures of this kind are not read (JPEG, PNG, BMP, WebP, TIFF and PNM are); convert it");
    if (bytes.empty())
      ++empty_;
    else
      ++foreign_[ending];
    return false;
  }

  void note_folder(const std::string& name) {
    if (!hidden(name)) folders_.insert(name);
  }

  void add(const std::string& name, std::shared_ptr<const std::string> contents) {
    note_folders(name, true);
    found_.pictures.push_back({source_, name, std::move(contents), {}});
  }

  FoundPictures finish();
  void tell() const;

 private:
  void note_folders(const std::string& name, bool with_picture) {
    for (size_t end = name.find('/'); end != std::string::npos; end = name.find('/', end + 1))
      (with_picture ? with_pictures_ : folders_).insert(name.substr(0, end));
  }

  std::string source_;
  FoundPictures found_;
  int64_t hidden_ = 0, empty_ = 0;
  std::map<std::string, int64_t> foreign_;  // by ending
  std::set<std::string> folders_, with_pictures_;
};

FoundPictures Finder::finish() {
  for (const std::string& folder : folders_)
    if (!with_pictures_.contains(folder) && !hidden(folder)) found_.bare.insert(folder);
  std::sort(found_.pictures.begin(), found_.pictures.end(),
            [](const Picture& a, const Picture& b) { return a.name < b.name; });
  return std::move(found_);
}

void Finder::tell() const {
  constexpr size_t endings_told = 6;
  std::vector<std::string> reasons, endings;
  int64_t foreign = 0, all = hidden_ + empty_;
  for (const auto& [ending, count] : foreign_) {
    foreign += count;
    if (endings.size() < endings_told) endings.push_back(ending.empty() ? "no ending" : readable_name(ending));
  }
  if (foreign_.size() > endings_told) endings.push_back("...");
  all += foreign;
  if (all == 0) return;
  if (hidden_ > 0) reasons.push_back(fmt::format("{} hidden", hidden_));
  if (foreign > 0) reasons.push_back(fmt::format("{} no pictures ({})", foreign, join(endings, ", ")));
  if (empty_ > 0) reasons.push_back(fmt::format("{} empty", empty_));
  log_info(fmt::format("data: {}: {} file{} left out: {}", readable_name(source_), all, all == 1 ? " is" : "s are",
                       join(reasons, ", ")));
}

// Whether a linked folder below `root` holds one of the folders on the way to it: walking into it would never end.
bool leads_back(const fs::path& link, const fs::path& root) {
  const std::string target = fs::canonical(link).string() + "/";
  fs::path outer = link;
  do {
    outer = outer.parent_path();
    if ((fs::canonical(outer).string() + "/").starts_with(target)) return true;
  } while (outer != root && outer.has_relative_path());
  return false;
}

void look_into_folder(const std::string& folder, Finder& finder) {
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::follow_directory_symlink, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const std::string path = entry->path().string(), name = entry->path().lexically_relative(folder).generic_string();
    std::error_code unreadable;
    const fs::file_status status = fs::status(entry->path(), unreadable);
    // It may have been a picture or a class: without it the data would be others.
    if (!fs::exists(status) && !hidden(name))
      no_input(path, entry->is_symlink() ? "is a link that leads to no file; mend or remove it"
                                         : "cannot be read: " + unreadable.message());
    if (fs::is_directory(status)) {
      if (entry->is_symlink() && leads_back(entry->path(), folder))
        no_input(path, "is a link back to a folder it lies in; remove it");
      finder.note_folder(name);
      continue;
    }
    std::string first;
    const auto first_bytes = [&]() -> std::string_view { return first = beginning_of(path, 16); };
    if (finder.wants(name, first_bytes)) finder.add(name, nullptr);
  }
  if (error) no_input(folder, "cannot be read: " + error.message());
}

void look_into_archive(const std::string& path, Finder& finder) {
  const auto wanted = [&](const std::string& name, const FirstBytes& first) { return finder.wants(name, first); };
  read_archive(path, {.total_bytes = machine_memory() / 2}, wanted, [&](const std::string& name, std::string bytes) {
    finder.add(name, std::make_shared<const std::string>(std::move(bytes)));
  });
}

// A head is mostly short, but a camera may put a small picture and notes of any length before it.
std::optional<ImageFacts> facts_of(const Picture& picture) {
  const std::string path = picture.str();
  if (picture.contents) return look_at_image(*picture.contents, path);
  for (size_t count = 1 << 12;; count *= 16) {
    const std::string bytes = beginning_of(path, count);
    const std::optional<ImageFacts> facts = look_at_image(bytes, path);
    if (facts || bytes.size() < count) return facts;
  }
}

}  // namespace

FoundPictures find_pictures(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status))
    no_input(path, error && error != std::errc::no_such_file_or_directory ? "cannot be read: " + error.message()
                                                                          : "no such file or folder");
  FoundPictures found;
  if (fs::is_directory(status) || is_archive_name(path)) {
    Finder finder(path);
    if (fs::is_directory(status))
      look_into_folder(path, finder);
    else
      look_into_archive(path, finder);
    finder.tell();
    found = finder.finish();
    if (found.pictures.empty()) bad_data(path, "holds no pictures (JPEG, PNG, BMP, WebP, TIFF or PNM)");
  } else {
    const fs::path file = path;
    const std::string folder = file.parent_path().empty() ? "." : file.parent_path().string();
    const std::string name = file.filename().string();
    std::string first;
    const auto first_bytes = [&]() -> std::string_view { return first = beginning_of(path, 16); };
    if (!Finder(folder).wants(name, first_bytes)) bad_data(path, "is no picture, and no tar or zip file");
    found.pictures.push_back({folder, name, nullptr, {}});
  }
  in_parallel(static_cast<int64_t>(found.pictures.size()), [&](int64_t i) {
    Picture& picture = found.pictures[static_cast<size_t>(i)];
    try {
      picture.facts = facts_of(picture);
    } catch (const UserError&) {
      picture.facts.reset();  // Decoding says what is wrong, or leaves it out where that is wanted.
    }
  });
  return found;
}

void tell_about(const std::vector<const Picture*>& pictures, bool deep) {
  int64_t turned = 0, alpha = 0, of_16_bits = 0;
  for (const Picture* picture : pictures) {
    if (!picture->facts) continue;
    turned += (picture->orientation ? picture->orientation : picture->facts->orientation) != 1;
    alpha += picture->facts->alpha;
    of_16_bits += picture->facts->bits == 16;
  }
  const auto tell = [&](int64_t count, const char* what) {
    if (count > 0)
      log_info(
          fmt::format("data: {} of {} picture{} {}", count, pictures.size(), pictures.size() == 1 ? "" : "s", what));
  };
  tell(turned, "turned as the camera notes (EXIF orientation)");
  tell(alpha, "with alpha, which is left out");
  tell(of_16_bits, deep ? "of 16 bits, all of which are kept" : "of 16 bits, rounded to 8");
}

void tell_about(const std::vector<Picture>& pictures, bool deep) {
  std::vector<const Picture*> each;
  for (const Picture& picture : pictures) each.push_back(&picture);
  tell_about(each, deep);
}

std::string readable_name(const std::string& name) {
  if (invalid_utf8(name) == std::string::npos) return name;
  std::string text;
  for (const char byte : name)
    text +=
        static_cast<uint8_t>(byte) < 0x80 ? std::string(1, byte) : fmt::format("\\x{:02X}", static_cast<uint8_t>(byte));
  return text;
}

}  // namespace dlrun
