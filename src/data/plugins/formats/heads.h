// What the heads of BMP, WebP, TIFF and PNM pictures say.

#pragma once

#include "data/plugins/images_abi.h"

// Whether bytes begin as one of these.
bool begins_as_format(const uint8_t* bytes, size_t size);

// As dlrun_image_functions::look.
dlrun_looked look_at_head(const uint8_t* bytes, size_t size, dlrun_picture_facts* facts, const char** problem);
