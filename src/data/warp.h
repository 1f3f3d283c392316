// Pictures turned, moved, scaled and sheared, with torchvision's numbers (its affine and rotate on tensors).

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/augmentation.h"

namespace dlrun {

// How a picture changes around `center` [x, y], counted from its middle. Angles in degrees; positive turn clockwise.
struct Warp {
  double angle = 0.0;
  double translate_x = 0.0, translate_y = 0.0;  // pixels
  double scale = 1.0;
  double shear_x = 0.0, shear_y = 0.0;  // degrees
  double center_x = 0.0, center_y = 0.0;
};

struct WarpOptions {
  std::string interpolation = "nearest";  // or bilinear
  std::vector<double> fill = {0.0};       // of places outside, 0 to 255 before normalize; one, or one for each channel
  // Whether what lies outside fades into `fill` at the edge, as where torchvision is given one, or is plain zeros.
  bool filled = true;
};

// The fields `interpolation` and `fill` of these, and what is asked of them.
std::vector<Field> warp_fields(WarpOptions& options);
// Throws UserError(bad_recipe) where a sample is no picture, or `fill` does not suit its channels.
void require_warp(const std::string& augmentation, const WarpOptions& options, const std::vector<int64_t>& shape);

// Picture [C, H, W] of any type and layout, warped into `to` of the same shape and type.
void warp_picture(const at::Tensor& from, const at::Tensor& to, const Warp& warp, const WarpOptions& options);
// Every picture of "input" by what `warp(i)` says, and its targets of pixels with it: by the nearest one, and -100
// where the picture had none.
void warp_all(Batch& batch, const WarpOptions& options, const std::function<Warp(int64_t i)>& warp);

}  // namespace dlrun
