// PNG by libpng.

#pragma once

#include "data/plugins/images_abi.h"

// As dlrun_image_functions::look and decode, of bytes that begin with the mark of PNG.
dlrun_looked look_at_png(const uint8_t* bytes, size_t size, dlrun_picture_facts* facts, const char** problem);
const char* decode_png(const uint8_t* bytes, size_t size, const dlrun_decode_options& options, dlrun_allocate allocate,
                       void* context);
const char* encode_png(const uint8_t* planes, int channels, int height, int width, dlrun_take take, void* context);
