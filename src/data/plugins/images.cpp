// libdlrun_images.so: pictures in and out by libjpeg-turbo and libpng. Loaded only when a run needs it.

#include <cstring>
#include <exception>

#include "data/plugins/images_abi.h"
#include "data/plugins/jpeg.h"
#include "data/plugins/png.h"

namespace {

constexpr uint8_t png_mark[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'}, jpeg_mark[] = {0xFF, 0xD8, 0xFF};

template <size_t count>
bool begins_with(const uint8_t (&mark)[count], const uint8_t* bytes, size_t size) {
  return size >= count && std::memcmp(bytes, mark, count) == 0;
}

dlrun_looked look(const uint8_t* bytes, size_t size, dlrun_picture_facts* facts, const char** problem) {
  if (begins_with(jpeg_mark, bytes, size)) return look_at_jpeg(bytes, size, facts, problem);
  if (begins_with(png_mark, bytes, size)) return look_at_png(bytes, size, facts, problem);
  *problem = size == 0 ? "is empty" : "is neither JPEG nor PNG";
  return dlrun_refused;
}

const char* decode(const uint8_t* bytes, size_t size, const dlrun_decode_options* options, dlrun_allocate allocate,
                   void* context, dlrun_decode_notes* notes) {
  *notes = {};
  try {
    if (begins_with(jpeg_mark, bytes, size)) return decode_jpeg(bytes, size, *options, allocate, context, *notes);
    if (begins_with(png_mark, bytes, size)) return decode_png(bytes, size, *options, allocate, context);
  } catch (const std::exception&) {
    return "does not fit in memory";
  }
  return size == 0 ? "is empty" : "is neither JPEG nor PNG";
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const dlrun_image_functions* dlrun_images() {
  static const dlrun_image_functions functions = {dlrun_image_version, look, decode, encode_png};
  return &functions;
}
