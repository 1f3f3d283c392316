// PNG by libpng: numbers as they are stored, whatever the file says about gamma and colour profiles.

#include "data/plugins/png.h"

#include <png.h>

#include <bit>
#include <csetjmp>
#include <cstring>
#include <vector>

#include "data/plugins/exif.h"
#include "data/plugins/planes.h"

namespace {

constexpr int64_t most_packed = 1032;  // deflate packs at most 1032 bytes into one

// A reader that ends with a sentence instead of the program. libpng jumps back at an error.
struct Png {
  const uint8_t* bytes;
  size_t left;
  png_structp reader = nullptr;
  png_infop info = nullptr;
  const char* problem = nullptr;
  bool at_end = false;

  Png(const uint8_t* from, size_t size);
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;
  ~Png() { png_destroy_read_struct(&reader, &info, nullptr); }

  [[noreturn]] void fail(const char* sentence) {
    problem = sentence;
    png_longjmp(reader, 1);
  }
};

void on_error(png_structp reader, png_const_charp message) {
  Png& png = *static_cast<Png*>(png_get_error_ptr(reader));
  png.fail(std::strstr(message, "CRC") ? "is damaged: a checksum is wrong" : "is damaged");
}

// libpng warns of notes beside the pixels; damage to pixels is an error.
void on_warning(png_structp, png_const_charp) {}

void take_bytes(png_structp reader, png_bytep to, size_t count) {
  Png& png = *static_cast<Png*>(png_get_io_ptr(reader));
  if (count > png.left) {
    png.at_end = true;
    png.fail("was cut short");
  }
  std::memcpy(to, png.bytes, count);
  png.bytes += count;
  png.left -= count;
}

Png::Png(const uint8_t* from, size_t size) : bytes(from), left(size) {
  reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
  if (reader) info = png_create_info_struct(reader);
  if (!info) {
    problem = "does not fit in memory";
    return;
  }
  png_set_read_fn(reader, this, take_bytes);
  png_set_user_limits(reader, 0x7fffffff, 0x7fffffff);  // The number of pixels is our own limit.
}

dlrun_picture_facts facts_of(const Png& png) {
  const int colour = png_get_color_type(png.reader, png.info);
  png_uint_32 length = 0;
  png_bytep note = nullptr;
  const bool noted = png_get_eXIf_1(png.reader, png.info, &length, &note) != 0;
  return {0,
          static_cast<int>(png_get_image_height(png.reader, png.info)),
          static_cast<int>(png_get_image_width(png.reader, png.info)),
          (colour & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1,
          png_get_bit_depth(png.reader, png.info),
          (colour & PNG_COLOR_MASK_PALETTE) != 0,
          (colour & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png.reader, png.info, PNG_INFO_tRNS) != 0,
          noted ? exif_orientation(note, length) : 1};
}

const char* size_problem(const dlrun_picture_facts& facts) {
  const int64_t pixels = static_cast<int64_t>(facts.height) * facts.width;
  return pixels > picture_pixel_limit ? "has more than 134 million pixels" : nullptr;
}

// One number for grey, three for colour, of 8 or 16 bits in the machine's order.
void ask_for_plain_numbers(png_structp reader, const dlrun_picture_facts& facts) {
  if (facts.palette) png_set_palette_to_rgb(reader);
  if (facts.channels == 1 && facts.bits < 8) png_set_expand_gray_1_2_4_to_8(reader);
  if (facts.alpha) png_set_strip_alpha(reader);
  if (facts.bits == 16 && std::endian::native == std::endian::little) png_set_swap(reader);
}

// What decoding needs, owned outside: a jump out of libpng runs no destructors.
struct Work {
  const dlrun_decode_options& options;
  dlrun_allocate allocate;
  void* context;
  std::vector<uint8_t> rows;
};

const char* decode_with(Png& png, size_t size, Work& work) {
  if (png.problem || setjmp(png_jmpbuf(png.reader))) return png.problem;
  png_read_info(png.reader, png.info);
  const dlrun_picture_facts facts = facts_of(png);
  if (const char* problem = size_problem(facts)) png.fail(problem);
  const size_t height = static_cast<size_t>(facts.height), stored = png_get_rowbytes(png.reader, png.info);
  if (static_cast<int64_t>(height * stored) / most_packed > static_cast<int64_t>(size))
    png.fail("promises more pixels than its bytes can hold");
  ask_for_plain_numbers(png.reader, facts);
  const int passes = png_set_interlace_handling(png.reader);
  png_read_update_info(png.reader, png.info);

  const int channels = png_get_channels(png.reader, png.info);
  const size_t stride = png_get_rowbytes(png.reader, png.info);
  Planes planes(work.options, work.options.orientation ? work.options.orientation : facts.orientation, facts.height,
                facts.width);
  if (!planes.make(work.allocate, work.context)) png.fail("does not fit in memory");
  // Interlaced pictures come in passes over all rows, which must be kept; others row by row.
  work.rows.resize(passes > 1 ? height * stride : stride);
  for (int pass = 0; pass < passes; ++pass)
    for (size_t y = 0; y < height; ++y) {
      uint8_t* row = work.rows.data() + (passes > 1 ? y * stride : 0);
      png_read_row(png.reader, row, nullptr);
      if (pass + 1 < passes) continue;
      if (facts.bits == 16)
        planes.put(static_cast<int64_t>(y), reinterpret_cast<const uint16_t*>(row), channels);
      else
        planes.put(static_cast<int64_t>(y), row, channels);
    }
  png_read_end(png.reader, nullptr);
  return nullptr;
}

dlrun_looked look_with(Png& png, dlrun_picture_facts& facts) {
  if (png.problem || setjmp(png_jmpbuf(png.reader))) return png.at_end ? dlrun_more : dlrun_refused;
  png_read_info(png.reader, png.info);
  facts = facts_of(png);
  png.problem = size_problem(facts);
  return png.problem ? dlrun_refused : dlrun_seen;
}

}  // namespace

dlrun_looked look_at_png(const uint8_t* bytes, size_t size, dlrun_picture_facts* facts, const char** problem) {
  Png png(bytes, size);
  const dlrun_looked looked = look_with(png, *facts);
  *problem = png.problem;
  return looked;
}

const char* decode_png(const uint8_t* bytes, size_t size, const dlrun_decode_options& options, dlrun_allocate allocate,
                       void* context) {
  Work work{options, allocate, context, {}};
  Png png(bytes, size);
  return decode_with(png, size, work);
}

const char* encode_png(const uint8_t* planes, int channels, int height, int width, dlrun_take take, void* context) {
  const size_t rows = static_cast<size_t>(height), columns = static_cast<size_t>(width),
               numbers = static_cast<size_t>(channels);
  std::vector<uint8_t> pixels(rows * columns * numbers);
  for (size_t c = 0; c < numbers; ++c)
    for (size_t i = 0; i < rows * columns; ++i) pixels[i * numbers + c] = planes[c * rows * columns + i];
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.height = static_cast<png_uint_32>(height);
  image.width = static_cast<png_uint_32>(width);
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<uint8_t> encoded(size);
  if (!png_image_write_to_memory(&image, encoded.data(), &size, 0, pixels.data(), 0, nullptr))
    return "libpng cannot encode it";
  take(context, encoded.data(), size);
  return nullptr;
}
