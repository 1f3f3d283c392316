// One file after the other, from one URL after the other, from where the last try ended.

#include "fetch/fetch.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/http.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/sha256.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "base/units.h"

namespace dlrun {
namespace {

constexpr const char* lock_file = ".dlrun-fetch-lock";
constexpr int tries = 3;  // at one URL, where the transfer breaks off or the server is busy

std::string sha256_of(const std::string& path) {
  Sha256 hash;
  FileSystem::instance().read(path, [&](std::span<const std::byte> bytes) { hash.update(bytes); });
  return hash.hex();
}

// One process at a time in a folder; the file goes with it.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder) : path_(folder + "/" + lock_file), lock_(path_) {
    if (!lock_.held())
      throw UserError(ExitCode::cannot_write, fmt::format("{}: another dlrun (process {}) is fetching into this folder",
                                                          folder, lock_.holder()));
  }
  ~FolderLock() {
    try {
      FileSystem::instance().remove(path_);
    } catch (const UserError&) {
    }
  }

 private:
  std::string path_;
  FileLock lock_;
};

// The beginning of a file, and what comes behind it.
class Part {
 public:
  Part(std::string path, const DataFile& file) : path_(std::move(path)), file_(file) {
    FileSystem& files = FileSystem::instance();
    if (files.kind(path_) == FileKind::file && files.size(path_) <= static_cast<uint64_t>(file.bytes))
      files.read(path_, [&](std::span<const std::byte> bytes) { take(bytes); });
    else
      files.remove(path_);
    writer_ = files.open_for_writing(path_, WriteMode::append);
  }

  void begin_anew() {
    writer_ = FileSystem::instance().open_for_writing(path_, WriteMode::truncate);
    hash_ = {};
    bytes_ = 0;
  }

  void add(std::span<const std::byte> bytes) {
    if (bytes_ + static_cast<int64_t>(bytes.size()) > file_.bytes)
      throw UserError(ExitCode::bad_data, fmt::format("is longer than the {} bytes it must have", file_.bytes));
    writer_->write(bytes);
    take(bytes);
  }

  // Empty where it is what it must be.
  std::string problem() const {
    if (bytes_ != file_.bytes) return fmt::format("has {} bytes, and must have {}", bytes_, file_.bytes);
    const std::string is = hash_.hex();
    return is == file_.sha256 ? "" : fmt::format("has the SHA-256 {}, and must have {}", is, file_.sha256);
  }

  void become(const std::string& target) {
    writer_->sync();
    writer_.reset();
    FileSystem::instance().rename(path_, target);
    FileSystem::instance().sync_folder(parent_folder(target));
  }

  void discard() {
    writer_.reset();
    FileSystem::instance().remove(path_);
  }

  // Whether there is anything to keep.
  bool keep() {
    if (bytes_ == 0) discard();
    return bytes_ > 0;
  }

  int64_t bytes() const { return bytes_; }

 private:
  void take(std::span<const std::byte> bytes) {
    hash_.update(bytes);
    bytes_ += static_cast<int64_t>(bytes.size());
  }

  std::string path_;
  const DataFile& file_;
  std::unique_ptr<FileWriter> writer_;
  Sha256 hash_;
  int64_t bytes_ = 0;
};

// Where the bytes of a 206 begin; -1 where it does not say.
int64_t beginning_of(const HttpAnswer& answer) {
  const auto range = answer.headers.find("content-range");
  long long begin = -1;
  if (range != answer.headers.end()) std::sscanf(range->second.c_str(), "bytes %lld-", &begin);
  return begin;
}

class Fetching {
 public:
  Fetching(const DataSet& set, const FetchOptions& options)
      : set_(set), options_(options), line_(10.0, options.progress) {}

  // Throws, or the file is there.
  void get(const DataFile& file) {
    const std::string target = options_.folder + "/" + file.path;
    FileSystem::instance().create_folders(parent_folder(target));
    std::vector<std::string> urls = file.urls;
    if (!options_.mirror.empty()) {
      const bool slash = options_.mirror.back() == '/';
      urls = {options_.mirror + (slash ? "" : "/") + set_.name + "/" + file.path};
    }
    std::string problems;
    ExitCode code = ExitCode::no_input;
    for (const std::string& url : urls) {
      Part part(target + ".part", file);
      std::string problem = get_from(url, part, file);
      line_.clear();
      const bool whole = problem.empty();
      if (whole) problem = part.problem();
      if (problem.empty()) return part.become(target);
      problems += "\n  " + shown_url(url) + ": " + problem;
      if (whole || overlong_) {
        code = ExitCode::bad_data;
        part.discard();
      } else if (part.keep()) {
        problems += fmt::format(" ({} of {} are kept)", bytes_text(part.bytes()), bytes_text(file.bytes));
      }
    }
    const char* what = code == ExitCode::bad_data ? "what came is another file, and is not kept" : "cannot be fetched";
    throw UserError(code, fmt::format("{}: {}:{}", target, what, problems));
  }

 private:
  // Until the part is as long as the file; otherwise why not.
  std::string get_from(const std::string& url, Part& part, const DataFile& file) {
    std::string problem;
    overlong_ = false;
    for (int attempt = 0; attempt < tries && part.bytes() < file.bytes; ++attempt) {
      if (attempt > 0) wait(attempt);
      const HttpAnswer answer = ask(url, part, file);
      if (stop_requested()) stop(part, file);
      if (overlong_) return answer.problem;
      if (part.bytes() == file.bytes) return "";
      problem = answer.good() ? "ends too early" : answer.what();
      const bool passes = answer.status == 0 || answer.good() || !answer.problem.empty() || answer.status == 429 ||
                          answer.status >= 500;
      if (answer.status == 416)
        part.begin_anew();  // what is kept is not a part of what is there
      else if (!passes)
        return problem;
    }
    return part.bytes() == file.bytes ? "" : problem;
  }

  HttpAnswer ask(const std::string& url, Part& part, const DataFile& file) {
    HttpRequest request;
    request.url = url;
    const int64_t from = part.bytes();
    if (from > 0) request.headers = {fmt::format("Range: bytes={}-", from)};
    const double begun = monotonic_seconds();
    bool first = true;
    request.go_on = [&] {
      if (line_.due()) tell(file, part.bytes(), part.bytes() - from, monotonic_seconds() - begun);
      return stop_requested() == 0;
    };
    request.take = [&](const HttpAnswer& answer, std::span<const std::byte> bytes) {
      const bool whole = answer.status != 206 || beginning_of(answer) != from;
      if (first && from > 0 && whole) {
        if (answer.status == 206) throw UserError(ExitCode::bad_data, "answers with another part than was asked for");
        log_info(fmt::format("{}: {} sends no parts: the file comes from its beginning", file.path, shown_url(url)));
        part.begin_anew();
      }
      first = false;
      part.add(bytes);
    };
    try {
      return http_.ask(request);
    } catch (const UserError& error) {
      if (error.code() != ExitCode::bad_data) throw;
      overlong_ = true;
      HttpAnswer answer;
      answer.problem = error.what();
      return answer;
    }
  }

  void tell(const DataFile& file, int64_t bytes, int64_t came, double seconds) {
    line_.show(
        progress_text("fetching " + set_.name + "/" + file.path, bytes, file.bytes, came, seconds, Counted::bytes));
  }

  void wait(int attempt) {
    for (int i = 0; i < 10 * attempt && !stop_requested(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }

  [[noreturn]] void stop(Part& part, const DataFile& file) {
    line_.clear();
    part.keep();
    throw UserError(ExitCode::again,
                    fmt::format("{}: {} of {} of {} are kept; the same command goes on", signal_name(stop_requested()),
                                bytes_text(part.bytes()), bytes_text(file.bytes), file.path));
  }

  const DataSet& set_;
  const FetchOptions& options_;
  Progress line_;
  Http http_;
  bool overlong_ = false;  // what came last was more, or another part, than was asked for
};

}  // namespace

Fetched fetch(const DataSet& set, const FetchOptions& options,
              const std::function<void(const DataFile& file, bool came)>& told) {
  FileSystem& files = FileSystem::instance();
  Fetched fetched;
  std::vector<const DataFile*> missing;
  int64_t bytes = 0;
  for (size_t i = 0; i < set.files.size(); ++i) {
    const DataFile& file = set.files[i];
    const std::string target = options.folder + "/" + file.path;
    const FileKind kind = files.kind(target);
    const bool same = kind == FileKind::file && files.size(target) == static_cast<uint64_t>(file.bytes) &&
                      sha256_of(target) == file.sha256;
    if (same) {
      ++fetched.there;
      if (told) told(file, false);
      continue;
    }
    if (kind != FileKind::none && (kind != FileKind::file || !options.overwrite))
      throw UserError(ExitCode::cannot_write,
                      target +
                          ": is there with another content than the catalog's. Move it away, or "
                          "replace it with --overwrite");
    missing.push_back(&file);
    bytes += file.bytes;
  }
  if (missing.empty()) return fetched;
  if (offline())
    throw UserError(ExitCode::no_input, fmt::format("{}: {} of its files are missing in {}, and DLRUN_OFFLINE is set: "
                                                    "nothing is fetched",
                                                    set.name, missing.size(), options.folder));
  Fetching fetching(set, options);
  files.create_folders(options.folder);
  const FolderLock lock(options.folder);
  require_space(options.folder, static_cast<uint64_t>(bytes));
  for (const DataFile* file : missing) {
    fetching.get(*file);
    ++fetched.files;
    fetched.bytes += file->bytes;
    if (told) told(*file, true);
  }
  return fetched;
}

}  // namespace dlrun
