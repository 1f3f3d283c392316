// Pictures in folders and archives: finding them by what they are, and what their heads say.

#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/images.h"

namespace dlrun {

struct Picture {
  std::string source;                           // the folder or archive the user named
  std::string name;                             // inside it, with "/" between folders; bytes, maybe no UTF-8
  std::shared_ptr<const std::string> contents;  // encoded, from an archive; null: a file
  std::optional<ImageFacts> facts;              // null: the head cannot be read; decoding says why
  int orientation = 0;                          // how it is turned: 1 to 8 as in Exif; 0: as it asks for itself
  std::string str() const { return source + "/" + name; }
};

struct FoundPictures {
  std::vector<Picture> pictures;  // sorted by name
  // Folders (as the names of pictures) in which there are files or folders, but no picture at any depth.
  std::set<std::string> bare;
};

// All JPEG and PNG files in a folder, an archive, or the one file named. A file is taken by its ending, or by its first
// bytes where the ending says nothing; what is left out (hidden files, files that are no pictures, empty ones) is told
// with counts. Throws UserError: no_input; bad_data for pictures of other formats and where there are none.
FoundPictures find_pictures(const std::string& path);

// Says what is special about pictures: how many are turned, lose their alpha, have 16 bits that are kept (`deep`) or
// rounded to 8.
void tell_about(const std::vector<const Picture*>& pictures, bool deep);
void tell_about(const std::vector<Picture>& pictures, bool deep);

// A name as UTF-8: as it is, or with every byte beyond ASCII as "\xE9".
std::string readable_name(const std::string& name);

}  // namespace dlrun
