// Write all aside, note what is meant, take the old away, rename the new, note what is.

#include "run/output_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>

#include "base/error.h"
#include "base/log.h"

namespace dlrun {
namespace {

constexpr const char *list_name = ".dlrun-export.json", *staging_name = ".dlrun-export.tmp",
                     *lock_file = ".dlrun-export.lock";
constexpr const char* list_format = "dlrun export";
constexpr uint64_t most_bytes = 1 << 24;

struct Entry {
  uint64_t size = 0;
  std::string hash;  // empty: not known, from before there were lists
};

// In the order they were put in place; a name twice while one replaces another.
using Entries = std::vector<std::pair<std::string, Entry>>;

nlohmann::json parsed(const std::string& path) {
  if (FileSystem::instance().kind(path) != FileKind::file || FileSystem::instance().size(path) > most_bytes)
    return nullptr;
  return nlohmann::json::parse(read_text(path, most_bytes), nullptr, /*allow_exceptions=*/false);
}

// A name, not a way out of the folder.
bool is_name(const std::string& name) { return !name.empty() && name.find('/') == std::string::npos && name != ".."; }

Entries read_entries(const std::string& folder) {
  Entries entries;
  const nlohmann::json list = parsed(folder + "/" + list_name);
  if (list.is_object() && list.value("format", nlohmann::json()) == list_format && list.contains("files")) {
    for (const nlohmann::json& each : list["files"]) {
      if (!each.is_object() || !each.contains("name") || !each["name"].is_string() || !is_name(each["name"])) continue;
      if (!each.contains("size") || !each["size"].is_number_unsigned()) continue;
      if (!each.contains("xxh3_128") || !each["xxh3_128"].is_string()) continue;
      entries.emplace_back(each["name"], Entry{each["size"], each["xxh3_128"]});
    }
    return entries;
  }
  // From before there were lists: dlrun.json names the files beside it.
  const nlohmann::json description = parsed(folder + "/dlrun.json");
  if (!description.is_object() || description.value("format", nlohmann::json()) != "dlrun") return {};
  if (description.contains("files") && description["files"].is_array())
    for (const nlohmann::json& name : description["files"])
      if (name.is_string() && is_name(name)) entries.emplace_back(name, Entry{});
  entries.emplace_back("dlrun.json", Entry{});
  return entries;
}

void write_entries(const std::string& folder, const Entries& entries) {
  nlohmann::ordered_json list = {
      {"format", list_format}, {"version", 1}, {"about", "What dlrun exported into this folder."}, {"files", nullptr}};
  list["files"] = nlohmann::ordered_json::array();
  for (const auto& [name, entry] : entries)
    list["files"].push_back({{"name", name}, {"size", entry.size}, {"xxh3_128", entry.hash}});
  write_text_atomically(folder + "/" + list_name, list.dump(2) + "\n");
}

// Whether the file of that name is one that dlrun put there.
bool is_ours(const std::string& folder, const std::string& name, const Entries& entries) {
  const std::string path = folder + "/" + name;
  if (FileSystem::instance().kind(path) != FileKind::file || FileSystem::instance().is_link(path)) return false;
  const uint64_t size = FileSystem::instance().size(path);
  std::string hash;  // read once, where anything asks
  return std::any_of(entries.begin(), entries.end(), [&](const auto& each) {
    if (each.first != name) return false;
    if (each.second.hash.empty()) return true;
    if (each.second.size != size) return false;
    if (hash.empty()) hash = file_hash(path);
    return hash == each.second.hash;
  });
}

// Files that others read as one model with those beside them.
bool is_weights(const std::string& name) {
  static const std::regex expression("model(-[0-9]{5}-of-[0-9]{5})?\\.safetensors(\\.index\\.json)?");
  return std::regex_match(name, expression);
}

// Last in place, first away: what is left is never readable as a whole.
void remove_backwards(const std::string& folder, const Entries& entries) {
  for (auto each = entries.rbegin(); each != entries.rend(); ++each)
    if (is_ours(folder, each->first, entries)) FileSystem::instance().remove(folder + "/" + each->first);
}

}  // namespace

OutputFolder::OutputFolder(const std::string& folder) : folder_(folder), staging_(folder + "/" + staging_name) {
  FileSystem::instance().create_folders(folder_);
  lock_ = std::make_unique<FileLock>(folder_ + "/" + lock_file);
  if (!lock_->held())
    throw UserError(ExitCode::cannot_write,
                    fmt::format("{}: another dlrun (process {}) is exporting into this folder. Wait for it, or choose "
                                "another one: --output",
                                folder_, lock_->holder()));
  FileSystem::instance().remove_all(staging_);
  FileSystem::instance().create_folder(staging_);
}

OutputFolder::~OutputFolder() {
  try {
    if (lock_->held()) FileSystem::instance().remove_all(staging_);
    if (lock_->held()) FileSystem::instance().remove(folder_ + "/" + lock_file);
  } catch (const UserError&) {  // What is left over is named for what it is.
  }
}

void OutputFolder::refuse_others(const std::vector<std::string>& names) const {
  const Entries entries = read_entries(folder_);
  const auto is_new = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const bool weights = std::any_of(names.begin(), names.end(), is_weights);
  for (const std::string& name : FileSystem::instance().list(folder_)) {
    const bool stands_in_the_way = is_new(name) || (weights && is_weights(name));
    const bool would_describe = weights && name == "config.json";  // with it other programs make the network
    if ((!stands_in_the_way && !would_describe) || is_ours(folder_, name, entries)) continue;
    const std::string path = folder_ + "/" + name;
    if (stands_in_the_way)
      throw UserError(ExitCode::cannot_write,
                      fmt::format("{}: is there already, and dlrun did not write it{}. Move it away, or export into "
                                  "another folder: --output",
                                  path, is_new(name) ? "" : "; it would be read together with what is exported"));
    log_warning(path + ": is there already and stays, but it is not of these weights");
  }
}

void OutputFolder::commit(const std::vector<std::string>& names) {
  refuse_others(names);
  const Entries old = read_entries(folder_);
  Entries fresh;
  for (const std::string& name : names) {
    const std::string path = staging_ + "/" + name;
    fresh.emplace_back(name, Entry{FileSystem::instance().size(path), file_hash(path)});
  }
  FileSystem::instance().sync_folder(staging_);
  Entries meant = old;
  meant.insert(meant.end(), fresh.begin(), fresh.end());
  write_entries(folder_, meant);  // From here on both are known as ours, whenever this ends.
  remove_backwards(folder_, old);
  FileSystem::instance().sync_folder(folder_);
  for (const std::string& name : names) FileSystem::instance().rename(staging_ + "/" + name, folder_ + "/" + name);
  FileSystem::instance().sync_folder(folder_);
  write_entries(folder_, fresh);
}

int OutputFolder::remove_from(const std::string& folder) {
  if (FileSystem::instance().kind(folder) != FileKind::folder) return 0;
  remove_backwards(folder, read_entries(folder));
  FileSystem::instance().remove_all(folder + "/" + staging_name);
  const std::vector<std::string> left = FileSystem::instance().list(folder);
  const auto others = std::count_if(left.begin(), left.end(),
                                    [](const std::string& name) { return name != list_name && name != lock_file; });
  if (others > 0) return static_cast<int>(others);
  FileSystem::instance().remove(folder + "/" + list_name);
  FileSystem::instance().remove(folder + "/" + lock_file);
  if (!FileSystem::instance().is_link(folder)) FileSystem::instance().remove(folder);
  return 0;
}

}  // namespace dlrun
