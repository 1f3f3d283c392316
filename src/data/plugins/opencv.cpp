// libdlrun_images.so: pictures in and out by OpenCV. Loaded only when a run needs it: OpenCV brings 120 libraries.

#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "data/plugins/images_abi.h"

namespace {

constexpr int64_t pixel_limit = int64_t{1} << 27;  // 134 million: beyond it a small file is an attack, not a picture

bool is_png(const uint8_t* bytes, size_t size) {
  static const uint8_t magic[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  return size >= 33 && std::memcmp(bytes, magic, 8) == 0 && std::memcmp(bytes + 12, "IHDR", 4) == 0;
}

bool is_jpeg(const uint8_t* bytes, size_t size) {
  return size >= 4 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF;
}

int64_t big_endian(const uint8_t* bytes, int count) {
  int64_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

// Pixels the header promises; -1 when it holds no size.
int64_t promised_pixels(const uint8_t* bytes, size_t size) {
  if (is_png(bytes, size)) return big_endian(bytes + 16, 4) * big_endian(bytes + 20, 4);
  for (size_t at = 2; at + 9 < size && bytes[at] == 0xFF;) {
    const uint8_t marker = bytes[at + 1];
    if (marker == 0xFF) {
      ++at;  // padding
      continue;
    }
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) return big_endian(bytes + at + 5, 2) * big_endian(bytes + at + 7, 2);
    at += 2 + static_cast<size_t>(big_endian(bytes + at + 2, 2));
  }
  return -1;
}

// Decoders fill the missing rest of a picture with grey and say nothing: the end mark must be there. Within the pixels
// of a JPEG neither mark can occur, so a cut file shows the start of its last scan (FF DA) before an end (FF D9).
bool cut_short(const uint8_t* bytes, size_t size) {
  if (bytes[0] == 0x89) {
    for (size_t i = size - 4; i > 8; --i)
      if (std::memcmp(bytes + i, "IEND", 4) == 0) return false;
    return true;
  }
  for (size_t i = size - 1; i > 2; --i) {
    if (bytes[i - 1] != 0xFF) continue;
    if (bytes[i] == 0xD9) return false;
    if (bytes[i] == 0xDA) return true;
  }
  return true;
}

// OpenCV's rows of interleaved blue, green, red to planes of red, green, blue.
void to_planes(const cv::Mat& image, uint8_t* planes) {
  const int channels = image.channels(), width = image.cols;
  const size_t plane = static_cast<size_t>(image.rows) * static_cast<size_t>(width);
  for (int y = 0; y < image.rows; ++y) {
    const uint8_t* row = image.ptr<uint8_t>(y);
    for (int c = 0; c < channels; ++c) {
      uint8_t* to = planes + static_cast<size_t>(channels - 1 - c) * plane + static_cast<size_t>(y) * width;
      for (int x = 0; x < width; ++x) to[x] = row[x * channels + c];
    }
  }
}

const char* decode(const uint8_t* bytes, size_t size, int channels, dlrun_allocate allocate, void* context) {
  if (size == 0) return "is empty";
  if (!is_png(bytes, size) && !is_jpeg(bytes, size)) return "is neither JPEG nor PNG";
  const int64_t pixels = promised_pixels(bytes, size);
  if (pixels <= 0) return "has a damaged header";
  if (pixels > pixel_limit) return "has more than 134 million pixels";
  if (cut_short(bytes, size)) return "was cut short";
  try {
    const int mode = (channels == 1 ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR) | cv::IMREAD_IGNORE_ORIENTATION;
    const cv::Mat raw(1, static_cast<int>(size), CV_8UC1, const_cast<uint8_t*>(bytes));
    const cv::Mat image = cv::imdecode(raw, mode);
    if (image.empty() || image.depth() != CV_8U || image.channels() != channels) return "is damaged";
    uint8_t* planes = allocate(context, channels, image.rows, image.cols);
    if (!planes) return "does not fit";
    to_planes(image, planes);
  } catch (const std::exception&) {
    return "is damaged";
  }
  return nullptr;
}

const char* encode_png(const uint8_t* planes, int channels, int height, int width, dlrun_take take, void* context) {
  try {
    cv::Mat image(height, width, channels == 3 ? CV_8UC3 : CV_8UC1);
    const size_t plane = static_cast<size_t>(height) * static_cast<size_t>(width);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        for (int c = 0; c < channels; ++c)
          image.ptr<uint8_t>(y)[x * channels + c] =
              planes[(channels - 1 - c) * plane + static_cast<size_t>(y * width + x)];
    std::vector<uint8_t> encoded;
    if (!cv::imencode(".png", image, encoded)) return "OpenCV cannot encode it";
    take(context, encoded.data(), encoded.size());
  } catch (const std::exception&) {
    return "OpenCV cannot encode it";
  }
  return nullptr;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const dlrun_image_functions* dlrun_images() {
  static const dlrun_image_functions functions = {dlrun_image_version, decode, encode_png};
  cv::setNumThreads(0);  // Callers decode many pictures at once; threads inside one would only get in the way.
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  return &functions;
}
