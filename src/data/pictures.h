// Pictures as samples: decoded once in memory, or one by one.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/picture_files.h"

namespace dlrun {

struct PictureOptions {
  int64_t channels = 3;       // 1 or 3
  std::vector<int64_t> size;  // height and width to resize to; empty: all pictures have the same size
  bool classes = false;       // values are no brightness: resizing takes the nearest one
  bool deep = false;          // uint16 in [0, 65535] instead of uint8 in [0, 255]
  int64_t memory_limit = 0;   // bytes of decoded pictures kept; more are decoded when they are asked for
  std::vector<Unreadable>* unreadable = nullptr;  // where set, bad pictures are told here and left out
};

// Whether some of them have more than 8 bits, which `deep` keeps.
bool any_deep(const std::vector<Picture>& pictures);

// What the option `orient` of readers asks for: pictures as they are stored.
void ignore_orientation(std::vector<Picture>& pictures);

// uint8 or uint16 [C, H, W]. `loose_bytes` as in decode_image().
at::Tensor decode_picture(const Picture& picture, const PictureOptions& options, int64_t* loose_bytes = nullptr);

// Numbers pictures so that the same ones have the same number. Those that fit in memory are the same by their pixels,
// of many or large ones the files; one that cannot be read is like no other.
std::vector<int64_t> number_same(const std::vector<Picture>& pictures, const PictureOptions& options);

// A split of pictures: "input" uint8 or uint16 [B, C, H, W] and, with `labels` (one for each, or none), "target" [B]
// int64. `shape` is what every picture must have. Decodes in parallel where the pictures fit in memory.
std::shared_ptr<Split> picture_split(std::vector<Picture> pictures, std::vector<int64_t> labels,
                                     const std::vector<int64_t>& shape, const PictureOptions& options);

}  // namespace dlrun
