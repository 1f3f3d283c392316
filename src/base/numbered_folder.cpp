// The next number, and the folder that takes it.

#include "base/numbered_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/posix_open.h"
#include "base/shell.h"

namespace dlrun {
namespace {

// A path around its number: runs / table- N -a / b
struct Numbered {
  std::string folder, before, after, rest;

  explicit Numbered(const std::string& path) {
    const size_t mark = path.find(number_mark), end = mark + std::string_view(number_mark).size();
    const size_t slash = path.rfind('/', mark), next = std::min(path.find('/', end), path.size());
    const size_t begin = slash == std::string::npos ? 0 : slash + 1;
    folder = path.substr(0, begin);
    before = path.substr(begin, mark - begin);
    after = path.substr(end, next - end);
    rest = path.substr(next);
  }

  std::string with(int64_t number) const { return folder + before + std::to_string(number) + after; }

  // The number of a name made so; "007" is none of ours.
  std::optional<int64_t> number_of(std::string_view name) const {
    if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after)) return {};
    const std::string_view digits = name.substr(before.size(), name.size() - before.size() - after.size());
    int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '0' || number < 1) return {};
    return number;
  }

  int64_t highest() const {
    const std::string where = folder.empty() ? "." : folder;
    if (FileSystem::instance().kind(where) != FileKind::folder) return 0;
    int64_t highest = 0;
    for (const std::string& name : FileSystem::instance().list(where))
      highest = std::max(highest, number_of(name).value_or(0));
    return highest;
  }
};

}  // namespace

bool is_numbered(const std::string& path) { return path.find(number_mark) != std::string::npos; }

std::string highest_numbered(const std::string& path) {
  const Numbered name(path);
  const int64_t highest = name.highest();
  return highest > 0 ? name.with(highest) + name.rest : "";
}

std::string next_numbered(const std::string& path) {
  const Numbered name(path);
  return name.with(name.highest() + 1) + name.rest;
}

std::string last_numbered_hint(const std::string& path, const std::string& command) {
  const std::string last = highest_numbered(path);
  return last.empty() ? "" : " For the last one: " + command + " " + shell_word(last) + " --resume";
}

NumberedFolder::NumberedFolder(const std::string& path) {
  const Numbered name(path);
  if (!name.folder.empty()) FileSystem::instance().create_folders(name.folder);
  for (int64_t number = name.highest() + 1;; ++number) {
    made_ = name.with(number);
    if (mkdir(made_.c_str(), 0777) == 0) break;  // not create_folder(), which takes what is there
    if (errno != EEXIST) fail(made_, "cannot create this folder", errno, ExitCode::cannot_write);
  }
  path_ = made_ + name.rest;
}

NumberedFolder::~NumberedFolder() {
  if (!kept_) rmdir(made_.c_str());  // only where it is empty
}

}  // namespace dlrun
