// JPEG by libjpeg-turbo: the same settings as its djpeg, and a refusal of damage that it would only warn of.

#include "data/plugins/jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <vector>

#include <jpeglib.h>

#include <jerror.h>

#include "data/plugins/exif.h"
#include "data/plugins/planes.h"

namespace {

constexpr int64_t padding_limit = 64;
constexpr int scan_limit = 500;  // each costs a pass over the whole picture, and may be a few bytes long

// A decompressor that ends with a sentence instead of the program. libjpeg jumps back to `out` at an error.
struct Jpeg {
  jpeg_decompress_struct info = {};
  jpeg_error_mgr errors = {};
  jpeg_progress_mgr progress = {};
  jpeg_source_mgr source = {};
  std::jmp_buf out;
  const char* problem = nullptr;
  bool among_pixels = false;
  int64_t loose_bytes = 0;  // among the pixels, that belong to none

  Jpeg(const uint8_t* bytes, size_t size);
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;
  ~Jpeg() { jpeg_destroy_decompress(&info); }

  [[noreturn]] void fail(const char* sentence) {
    problem = sentence;
    std::longjmp(out, 1);
  }
};

Jpeg& of(j_common_ptr info) { return *static_cast<Jpeg*>(info->client_data); }

void on_error(j_common_ptr info) {
  switch (info->err->msg_code) {
    case JERR_BAD_PRECISION:
      of(info).fail("is a JPEG of more than 8 bits; only 8 bits are read: convert it to PNG of 16 bits");
    case JERR_SOF_UNSUPPORTED:
      of(info).fail("is a JPEG of a rare kind (lossless or hierarchical); convert it");
    case JERR_OUT_OF_MEMORY:
      of(info).fail("does not fit in memory");
    case JERR_CONVERSION_NOTIMPL:
      of(info).fail("is a JPEG of unknown colours; convert it to grey or RGB");
    case JERR_EMPTY_IMAGE:
    case JERR_BAD_LENGTH:
    case JERR_BAD_COMPONENT_ID:
    case JERR_COMPONENT_COUNT:
    case JERR_SOF_DUPLICATE:
    case JERR_SOF_NO_SOS:
    case JERR_NO_SOI:
      of(info).fail("has a damaged header");
    default:
      of(info).fail("is damaged");
  }
}

// Of libjpeg's warnings those that mean: pixels were made up. Others are about notes beside the picture.
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
      of(info).fail("was cut short");
    case JWRN_HIT_MARKER:
      of(info).fail("is damaged: its pixels end too early");
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      of(info).fail("is damaged: its pixels cannot be unpacked");
    case JWRN_EXTRANEOUS_DATA:
      if (of(info).among_pixels) of(info).loose_bytes += info->err->msg_parm.i[0];
      return;
    default:
      return;
  }
}

void on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > scan_limit)
    of(info).fail("has more than 500 scans; store it as a plain JPEG");
}

void no_words(j_common_ptr) {}
void nothing(j_decompress_ptr) {}

// The end of the bytes: decoding cannot go on; reading the head waits for more.
boolean at_end(j_decompress_ptr) { return FALSE; }

void skip(j_decompress_ptr info, long count) {
  jpeg_source_mgr& source = *info->src;
  const size_t skipped = std::min(static_cast<size_t>(std::max(0L, count)), source.bytes_in_buffer);
  source.next_input_byte += skipped;
  source.bytes_in_buffer -= skipped;
  // What is to be skipped beyond the end is missing as much as what is to be read.
  if (static_cast<long>(skipped) < count) source.bytes_in_buffer = 0;
}

Jpeg::Jpeg(const uint8_t* bytes, size_t size) {
  info.err = jpeg_std_error(&errors);
  errors.error_exit = on_error;
  errors.emit_message = on_message;
  errors.output_message = no_words;
  progress.progress_monitor = on_progress;
  source.next_input_byte = bytes;
  source.bytes_in_buffer = size;
  source.init_source = nothing;
  source.fill_input_buffer = at_end;
  source.skip_input_data = skip;
  source.resync_to_restart = jpeg_resync_to_restart;
  source.term_source = nothing;
  info.client_data = this;
  if (setjmp(out)) return;  // `problem` tells.
  jpeg_create_decompress(&info);
  info.client_data = this;
  info.progress = &progress;
  info.src = &source;
  jpeg_save_markers(&info, JPEG_APP0 + 1, 0xFFFF);
}

int orientation_of(const jpeg_decompress_struct& info) {
  for (const jpeg_marker_struct* marker = info.marker_list; marker; marker = marker->next)
    if (marker->data_length > 6 && std::memcmp(marker->data, "Exif\0", 6) == 0)
      return exif_orientation(marker->data + 6, marker->data_length - 6);
  return 1;
}

// The fewest bytes such a picture takes: every block of 8 x 8 numbers has a difference of at least one bit.
int64_t fewest_bytes(const jpeg_decompress_struct& info) {
  if (info.arith_code) return 0;
  int64_t blocks = 0;
  for (int c = 0; c < info.num_components; ++c)
    blocks += static_cast<int64_t>(info.comp_info[c].width_in_blocks) * info.comp_info[c].height_in_blocks;
  return blocks / 8;
}

const char* size_problem(const jpeg_decompress_struct& info) {
  const int64_t pixels = static_cast<int64_t>(info.image_height) * info.image_width;
  return pixels > picture_pixel_limit ? "has more than 134 million pixels" : nullptr;
}

// One row of ink, stored the other way round as Adobe does: 255 is no ink.
void cmyk_to_rgb(const uint8_t* cmyk, uint8_t* rgb, int64_t width) {
  for (int64_t x = 0; x < width; ++x)
    for (int c = 0; c < 3; ++c) rgb[3 * x + c] = static_cast<uint8_t>((cmyk[4 * x + c] * cmyk[4 * x + 3] + 127) / 255);
}

// What decoding needs, owned outside: a jump out of libjpeg runs no destructors.
struct Work {
  const dlrun_decode_options& options;
  dlrun_allocate allocate;
  void* context;
  dlrun_decode_notes& notes;
  std::vector<uint8_t> rows, colours;
};

const char* decode_with(Jpeg& jpeg, size_t size, Work& work) {
  constexpr JDIMENSION rows_at_once = 4;
  jpeg_decompress_struct& info = jpeg.info;
  if (jpeg.problem || setjmp(jpeg.out)) return jpeg.problem;

  if (jpeg_read_header(&info, TRUE) == JPEG_SUSPENDED) jpeg.fail("was cut short");
  if (const char* problem = size_problem(info)) jpeg.fail(problem);
  if (fewest_bytes(info) > static_cast<int64_t>(size)) jpeg.fail("promises more pixels than its bytes can hold");
  const bool ink = info.num_components == 4;
  info.out_color_space = ink ? JCS_CMYK : work.options.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg.among_pixels = true;
  if (!jpeg_start_decompress(&info)) jpeg.fail("was cut short");

  const int channels = info.out_color_components;
  const size_t width = info.output_width, stride = width * static_cast<size_t>(channels);
  work.rows.resize(rows_at_once * stride);
  if (ink) work.colours.resize(3 * width);
  JSAMPROW rows[rows_at_once];
  for (JDIMENSION i = 0; i < rows_at_once; ++i) rows[i] = work.rows.data() + i * stride;
  Planes planes(work.options, work.options.orientation ? work.options.orientation : orientation_of(info),
                static_cast<int>(info.output_height), static_cast<int>(width));
  if (!planes.make(work.allocate, work.context)) jpeg.fail("does not fit in memory");
  while (info.output_scanline < info.output_height) {
    const int64_t first = info.output_scanline;
    const JDIMENSION count = jpeg_read_scanlines(&info, rows, rows_at_once);
    if (count == 0) jpeg.fail("was cut short");
    for (JDIMENSION i = 0; i < count; ++i) {
      if (ink) cmyk_to_rgb(rows[i], work.colours.data(), static_cast<int64_t>(width));
      planes.put(first + i, ink ? work.colours.data() : rows[i], ink ? 3 : channels);
    }
  }
  if (!jpeg_finish_decompress(&info)) jpeg.fail("was cut short");
  if (jpeg.loose_bytes > padding_limit && jpeg.loose_bytes > static_cast<int64_t>(size) / 16)
    jpeg.fail("is damaged: many bytes of its pixels belong to none");
  work.notes.loose_bytes = jpeg.loose_bytes;
  return nullptr;
}

}  // namespace

dlrun_looked look_at_jpeg(const uint8_t* bytes, size_t size, dlrun_picture_facts* facts, const char** problem) {
  Jpeg jpeg(bytes, size);
  if (!jpeg.problem && setjmp(jpeg.out) == 0) {
    if (jpeg_read_header(&jpeg.info, TRUE) == JPEG_SUSPENDED) return dlrun_more;
    *facts = {1,
              static_cast<int>(jpeg.info.image_height),
              static_cast<int>(jpeg.info.image_width),
              jpeg.info.num_components,
              jpeg.info.data_precision,
              0,
              0,
              orientation_of(jpeg.info)};
    jpeg.problem = size_problem(jpeg.info);
  }
  *problem = jpeg.problem;
  return jpeg.problem ? dlrun_refused : dlrun_seen;
}

const char* decode_jpeg(const uint8_t* bytes, size_t size, const dlrun_decode_options& options, dlrun_allocate allocate,
                        void* context, dlrun_decode_notes& notes) {
  Work work{options, allocate, context, notes, {}, {}};
  Jpeg jpeg(bytes, size);
  return decode_with(jpeg, size, work);
}
