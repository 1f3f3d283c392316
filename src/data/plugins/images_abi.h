// What libdlrun_images.so gives: plain C, so that it may be built and loaded apart from everything else.

#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// Storage for a decoded picture, channels * height * width bytes, one plane per channel. Null: too big.
typedef uint8_t* (*dlrun_allocate)(void* context, int channels, int height, int width);
// Takes encoded bytes.
typedef void (*dlrun_take)(void* context, const uint8_t* bytes, size_t size);

struct dlrun_image_functions {
  int version;  // dlrun_image_version of the build
  // JPEG or PNG -> 8-bit planes; channels 1 (grey) or 3 (RGB); an alpha channel is left out, 16 bits become 8, the
  // orientation note of a camera is ignored. Null: done; else a sentence. Any thread.
  const char* (*decode)(const uint8_t* bytes, size_t size, int channels, dlrun_allocate allocate, void* context);
  // Planes of 1 (grey) or 3 (RGB) channels -> PNG. Null: done.
  const char* (*encode_png)(const uint8_t* planes, int channels, int height, int width, dlrun_take take, void* context);
};

}  // extern "C"

constexpr int dlrun_image_version = 1;
