// Where pictures lie says which class and which split they are of.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/picture_files.h"

namespace dlrun {

// Pictures of one split, and how much of their names comes before the class folder.
struct ClassPictures {
  std::vector<Picture> pictures;
  size_t skipped = 0;  // bytes

  // The folders that make a picture's class, `depth` of them with "/" between; empty where it lies in fewer. As UTF-8:
  // they become names of classes.
  std::string folder(const Picture& picture, int64_t depth) const;
};

// Archives often hold one folder that holds everything: passed over while class folders of `depth` levels follow.
ClassPictures without_common_folder(std::vector<Picture> pictures, int64_t depth);

// The pictures of `path`, by the split whose folder (train, val or test, in their usual spellings) they lie in; all of
// them as "train" where there are no such folders, or other folders beside them. Warns of class folders without a
// picture: an empty class is a mistake more often than not. Throws UserError(bad_data) where train is missing.
std::map<std::string, ClassPictures> sort_into_splits(FoundPictures found, const std::string& path, int64_t depth);

}  // namespace dlrun
