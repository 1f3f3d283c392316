// What was found out about data files before.

#include "audit/overlap_cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "data/joined_tables.h"
#include "spec/write.h"

namespace dlrun {
namespace {

namespace fs = std::filesystem;

constexpr int format = 2;  // of the stored answer and of the rules it follows: another number forgets old ones

void collect_paths(Params& group, std::vector<std::string>& paths) {
  for (Field& field : group.fields()) {
    if (auto* inner = std::get_if<Params*>(&field.slot)) collect_paths(**inner, paths);
    if (auto* optional = std::get_if<AnyOptional*>(&field.slot); optional && (*optional)->value)
      collect_paths(*(*optional)->value, paths);
    if (auto* list = std::get_if<AnyList*>(&field.slot))
      for (const auto& item : (*list)->values) collect_paths(*item, paths);
    if (!field.rule.path) continue;
    if (auto* text = std::get_if<std::string*>(&field.slot)) paths.push_back(**text);
    if (auto* text = std::get_if<std::optional<std::string>*>(&field.slot); text && **text) paths.push_back(***text);
    if (auto* texts = std::get_if<std::vector<std::string>*>(&field.slot))
      paths.insert(paths.end(), (*texts)->begin(), (*texts)->end());
  }
}

// What identifies the content of files without reading it.
class Identity {
 public:
  void add(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      std::vector<std::string> inside;
      fs::recursive_directory_iterator entry(path, fs::directory_options::follow_directory_symlink, error), end;
      for (; !error && entry != end; entry.increment(error)) inside.push_back(entry->path().string());
      std::sort(inside.begin(), inside.end());
      for (const std::string& name : inside) add_entry(name);
    }
    add_entry(path);
  }
  const std::string& text() const { return text_; }
  // A file changed this moment may be changed again without a later time to show for it.
  bool settled() const { return newest_ + 2 < static_cast<int64_t>(std::time(nullptr)); }

 private:
  void add_entry(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return;
    for (const int64_t number :
         {static_cast<int64_t>(info.st_dev), static_cast<int64_t>(info.st_ino), static_cast<int64_t>(info.st_size),
          static_cast<int64_t>(info.st_ctim.tv_sec), static_cast<int64_t>(info.st_ctim.tv_nsec)})
      text_ += std::to_string(number) + " ";
    text_ += path + "\n";
    newest_ = std::max(newest_, static_cast<int64_t>(info.st_ctim.tv_sec));
  }

  std::string text_;
  int64_t newest_ = 0;
};

std::string cache_folder() {
  const char* given = std::getenv("XDG_CACHE_HOME");
  if (given && given[0] == '/') return std::string(given) + "/dlrun";  // relative ones do not count, says the standard
  const char* home = std::getenv("HOME");
  return home && home[0] == '/' ? std::string(home) + "/.cache/dlrun" : "";
}

}  // namespace

OverlapCache::OverlapCache(const std::string& type, Params& reader, const OpenOptions& options) {
  const std::string folder = cache_folder();
  if (folder.empty()) return;
  std::vector<std::string> paths;
  collect_paths(reader, paths);
  Identity identity;
  for (const std::string& path : paths)
    for (const std::string& file : files_meant(path)) identity.add(file);
  if (!identity.settled()) return;
  const std::string key = std::to_string(format) + "\n" + type + "\n" + std::to_string(options.seed) + "\n" +
                          std::to_string(options.classification) + "\n" + write_yaml(reader) + identity.text();
  path_ = folder + "/overlap/" + hash_hex(key) + ".json";
}

std::optional<KnownData> OverlapCache::load() const {
  if (path_.empty()) return {};
  try {
    if (FileSystem::instance().kind(path_) != FileKind::file || FileSystem::instance().size(path_) > 1 << 20) return {};
    const nlohmann::json stored = nlohmann::json::parse(read_text(path_));
    return KnownData{overlaps_from_json(stored.at("overlaps")), stored.at("contents").get<Contents>()};
  } catch (const UserError&) {
    return {};
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

void OverlapCache::store(const KnownData& known) const {
  if (path_.empty()) return;
  try {
    FileSystem::instance().create_folders(parent_folder(path_));
    write_text_atomically(path_,
                          nlohmann::json{{"overlaps", to_json(known.overlaps)}, {"contents", known.contents}}.dump(
                              -1, ' ', false, nlohmann::json::error_handler_t::replace));
  } catch (const UserError&) {  // A disk that is full or read-only costs time, nothing else.
  }
}

}  // namespace dlrun
