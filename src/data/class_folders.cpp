#include "data/class_folders.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "data/input_file.h"

namespace dlrun {
namespace {

// The first `depth` folders of a picture's name after `skipped` letters, with "/" between them; empty where it has
// fewer. As UTF-8: they become names of classes.
std::string first_folders(const Picture& picture, size_t skipped, int64_t depth) {
  size_t end = picture.name.find('/', skipped);
  for (int64_t i = 1; i < depth && end != std::string::npos; ++i) end = picture.name.find('/', end + 1);
  return end == std::string::npos ? "" : readable_name(picture.name.substr(skipped, end - skipped));
}

// The bytes of the first one.
std::string first_folder(const Picture& picture, size_t skipped) {
  const size_t end = picture.name.find('/', skipped);
  return end == std::string::npos ? "" : picture.name.substr(skipped, end - skipped);
}

std::string split_of_folder(const std::string& folder) {
  const std::string name = lower(folder);
  if (name == "train" || name == "training") return "train";
  if (name == "val" || name == "valid" || name == "validation") return "val";
  return name == "test" || name == "testing" ? "test" : "";
}

// How many bytes of all names are folders to be passed over.
size_t common_prefix(const std::vector<Picture>& pictures, int64_t depth) {
  size_t skipped = 0;
  while (true) {
    const std::string folder = first_folder(pictures[0], skipped);
    const size_t next = skipped + folder.size() + 1;
    if (folder.empty()) return skipped;
    for (const Picture& picture : pictures)
      if (first_folder(picture, skipped) != folder || first_folders(picture, next, depth).empty()) return skipped;
    skipped = next;
  }
}

// Folders where those of classes lie, that hold no picture.
void tell_bare_classes(const std::string& path, const std::set<std::string>& bare, const std::string& prefix,
                       int64_t depth, bool in_splits) {
  for (const std::string& folder : bare) {
    if (!folder.starts_with(prefix)) continue;
    const std::vector<std::string> levels = split(folder.substr(prefix.size()), '/');
    if (in_splits && split_of_folder(levels.front()).empty()) continue;
    if (static_cast<int64_t>(levels.size()) == depth + (in_splits ? 1 : 0))
      log_warning("data: the class folder " + readable_name(path + "/" + folder) +
                  " holds no picture, so it is no class");
  }
}

}  // namespace

std::string ClassPictures::folder(const Picture& picture, int64_t depth) const {
  return first_folders(picture, skipped, depth);
}

ClassPictures without_common_folder(std::vector<Picture> pictures, int64_t depth) {
  const size_t skipped = common_prefix(pictures, depth);
  return {std::move(pictures), skipped};
}

std::map<std::string, ClassPictures> sort_into_splits(FoundPictures found, const std::string& path, int64_t depth) {
  std::vector<Picture>& all = found.pictures;
  const size_t skipped = common_prefix(all, depth);
  const std::string prefix = all.front().name.substr(0, skipped);
  std::map<std::string, ClassPictures> by_split;
  for (Picture& picture : all) {
    const std::string folder = first_folder(picture, skipped), name = split_of_folder(folder);
    ClassPictures& part = by_split[name];
    part.skipped = name.empty() ? skipped : skipped + folder.size() + 1;
    part.pictures.push_back(std::move(picture));
  }
  tell_bare_classes(path, found.bare, prefix, depth, !by_split.contains(""));
  if (!by_split.contains("")) {
    if (!by_split.contains("train")) bad_data(path, "has a val or test folder, but no train folder");
    return by_split;
  }
  // Class folders may have such names too: then all are classes.
  ClassPictures everything{{}, skipped};
  for (auto& [name, part] : by_split)
    for (Picture& picture : part.pictures) everything.pictures.push_back(std::move(picture));
  std::sort(everything.pictures.begin(), everything.pictures.end(),
            [](const Picture& a, const Picture& b) { return a.name < b.name; });
  by_split.clear();
  by_split["train"] = std::move(everything);
  return by_split;
}

}  // namespace dlrun
