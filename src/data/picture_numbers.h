// One picture of a batch as floats, for augmentations that compute with its values.

#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace dlrun {

// Values in the unit of the picture's type: 0 to `white`, which are 255, 65535 or, of floats, 1.
struct PictureNumbers {
  int64_t channels = 0, height = 0, width = 0;
  float white = 1.0f;
  bool whole = false;         // the type holds whole numbers: what is computed is cut off to them, as torchvision does
  std::vector<float> values;  // [channels, height, width]

  int64_t pixels() const { return height * width; }
  float* plane(int64_t channel) { return values.data() + channel * pixels(); }
  const float* plane(int64_t channel) const { return values.data() + channel * pixels(); }
};

// Picture `i` of dense_images().
PictureNumbers picture_numbers(const at::Tensor& images, int64_t i);
// Puts it back into its place. Values are in range, and whole where the type is.
void put_numbers(const PictureNumbers& picture, const at::Tensor& images, int64_t i);

// Throws UserError(bad_recipe) where floats are not in [0, 1]: what is made for brightness means nothing behind
// normalize.
void require_unnormalized(const std::string& augmentation, const at::Tensor& images);

}  // namespace dlrun
