// Pictures and the masks of the same names, in two folders or archives.

#pragma once

#include <string>
#include <vector>

#include "data/pictures.h"

namespace dlrun {

// A name without what stands behind its last dot.
std::string without_ending(const std::string& name);

// Pictures and masks by the same name, in the order of names.
struct MaskPairs {
  std::vector<Picture> pictures, masks;

  // Masks of turned pictures are turned with them, but those that were drawn on the turned picture stay. Where the size
  // does not tell, a mask is like those of which it does; a mask that says itself how it is turned is believed. Told
  // with counts; throws UserError(bad_data) where nothing tells.
  void turn_masks();
};

// Those of two folders or archives. Throws UserError(bad_data) for a picture without a mask, a mask without a picture,
// two of a name, and a mask that is no grey PNG of at most 8 bits.
MaskPairs find_mask_pairs(const std::string& images, const std::string& masks);

}  // namespace dlrun
