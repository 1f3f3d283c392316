// Pictures in folders and archives: finding them, and decoding them once in memory or one by one.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace dlrun {

struct Picture {
  std::string source;                           // the folder or archive the user named
  std::string name;                             // inside it, with "/" between folders
  std::shared_ptr<const std::string> contents;  // encoded, from an archive; null: a file
  std::string str() const { return source + "/" + name; }
};

// All JPEG and PNG files in a folder, an archive, or the one file named, sorted by name. Hidden files are passed over.
// Throws UserError: no_input; bad_data for pictures of other formats and where there are none.
std::vector<Picture> find_pictures(const std::string& path);

struct PictureOptions {
  int64_t channels = 3;       // 1 or 3
  std::vector<int64_t> size;  // height and width to resize to; empty: all pictures have the same size
  bool classes = false;       // values are no brightness: resizing takes the nearest one
  int64_t memory_limit = 0;   // bytes of decoded pictures kept; more are decoded when they are asked for
  std::vector<Unreadable>* unreadable = nullptr;  // where set, bad pictures are told here and left out
};

// uint8 [C, H, W].
at::Tensor decode_picture(const Picture& picture, const PictureOptions& options);

// What the first bytes of a PNG file say.
struct PngHeader {
  int bits = 8;  // of one number
  bool grey = false, palette = false, alpha = false;
};
// Nothing for other files. Throws UserError(no_input) where the file cannot be read.
std::optional<PngHeader> png_header(const Picture& picture);

// A split of pictures: "input" uint8 [B, C, H, W] and, with `labels` (one for each, or none), "target" [B] int64.
// `shape` is what every picture must have. Decodes in parallel where the pictures fit in memory.
std::shared_ptr<Split> picture_split(std::vector<Picture> pictures, std::vector<int64_t> labels,
                                     const std::vector<int64_t>& shape, const PictureOptions& options);

}  // namespace dlrun
