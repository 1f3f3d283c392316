// What libdlrun_images.so gives: plain C, so that it may be built and loaded apart from everything else.

#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// What the head of a picture says.
struct dlrun_picture_facts {
  int jpeg;           // 1: JPEG, 0: PNG
  int height, width;  // as stored, before it is turned
  int channels;       // as stored: 1 grey, 3 colour (a palette too), 4 CMYK; alpha does not count
  int bits;           // of one number: 1, 2, 4, 8, 16; of a palette those of its index
  int palette;        // 1: numbers are places in a palette
  int alpha;          // 1: pixels may be transparent
  int orientation;    // 1 to 8 as in Exif; 1 where it says nothing
};

struct dlrun_decode_options {
  int channels;     // 1: grey, 3: red, green, blue
  int deep;         // 1: uint16 in [0, 65535], 0: uint8 in [0, 255]
  int orientation;  // 1 to 8: turn the picture so; 0: as it asks for itself
};

struct dlrun_decode_notes {
  int64_t loose_bytes;  // among the pixels, that belong to none; few are a camera's padding, many are damage
};

enum dlrun_looked { dlrun_seen = 0, dlrun_more = 1, dlrun_refused = 2 };

// Storage for a decoded picture, channels * height * width numbers, one plane per channel. Null: too big.
typedef void* (*dlrun_allocate)(void* context, int channels, int height, int width);
// Takes encoded bytes.
typedef void (*dlrun_take)(void* context, const uint8_t* bytes, size_t size);

struct dlrun_image_functions {
  int version;  // dlrun_image_version of the build
  // Reads the head from the first bytes of a JPEG or PNG. dlrun_more: it does not end within `size` bytes;
  // dlrun_refused: `problem` is a sentence. Any thread.
  dlrun_looked (*look)(const uint8_t* bytes, size_t size, dlrun_picture_facts* facts, const char** problem);
  // The whole of a JPEG or PNG -> planes. Alpha is left out; grey is 0.299 R + 0.587 G + 0.114 B; notes about gamma and
  // colour profiles change nothing. Null: done; else a sentence. Any thread.
  const char* (*decode)(const uint8_t* bytes, size_t size, const dlrun_decode_options* options, dlrun_allocate allocate,
                        void* context, dlrun_decode_notes* notes);
  // Planes of 1 (grey) or 3 (RGB) channels -> PNG. Null: done.
  const char* (*encode_png)(const uint8_t* planes, int channels, int height, int width, dlrun_take take, void* context);
};

}  // extern "C"

constexpr int dlrun_image_version = 2;
