// Changes of brightness and colour, with torchvision's names and numbers (torchvision.transforms.v2.functional).

#pragma once

#include "data/picture_numbers.h"

namespace dlrun {

// In place; values stay in range. `factor` 1 changes nothing. Pictures of one channel have no colour: saturation and
// hue leave them as they are. Other numbers of channels than 1 and 3 are none of these; see require_colors().
void adjust_brightness(PictureNumbers& picture, double factor);
void adjust_contrast(PictureNumbers& picture, double factor);
void adjust_saturation(PictureNumbers& picture, double factor);
void adjust_hue(PictureNumbers& picture, double shift);  // of -0.5 to 0.5 of the circle
void adjust_sharpness(PictureNumbers& picture, double factor);
void posterize(PictureNumbers& picture, int64_t bits);     // kept, of each number
void solarize(PictureNumbers& picture, double threshold);  // inverts values from there on; in the picture's unit
void autocontrast(PictureNumbers& picture);
void equalize(PictureNumbers& picture);

// Throws UserError(bad_recipe) unless a sample is a picture of 1 or 3 channels.
void require_colors(const std::string& augmentation, const std::vector<int64_t>& shape);

}  // namespace dlrun
