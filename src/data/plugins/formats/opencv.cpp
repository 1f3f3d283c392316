// libdlrun_formats.so: BMP, WebP, TIFF and PNM pictures by OpenCV. Loaded only when one is met: OpenCV brings 120
// libraries.

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "data/plugins/formats/heads.h"
#include "data/plugins/planes.h"

namespace {

// One row of OpenCV's blue, green, red and alpha as red, green, blue; grey as it is.
template <class Number>
void put_rows(const cv::Mat& image, Planes& planes) {
  const int channels = image.channels(), kept = channels >= 3 ? 3 : 1;
  std::vector<Number> row(static_cast<size_t>(image.cols) * static_cast<size_t>(kept));
  for (int y = 0; y < image.rows; ++y) {
    const Number* from = image.ptr<Number>(y);
    for (int x = 0; x < image.cols; ++x)
      for (int c = 0; c < kept; ++c) row[static_cast<size_t>(x * kept + c)] = from[x * channels + kept - 1 - c];
    planes.put(y, row.data(), kept);
  }
}

const char* decode(const uint8_t* bytes, size_t size, const dlrun_decode_options* options, dlrun_allocate allocate,
                   void* context, dlrun_decode_notes* notes) {
  *notes = {};
  dlrun_picture_facts facts;
  const char* problem = nullptr;
  switch (look_at_head(bytes, size, &facts, &problem)) {
    case dlrun_more:
      return "was cut short";
    case dlrun_refused:
      return problem;
    case dlrun_seen:
      break;
  }
  try {
    const cv::Mat raw(1, static_cast<int>(size), CV_8UC1, const_cast<uint8_t*>(bytes));
    // As it is stored: asked for colours, OpenCV would cut 16 bits to 8.
    const cv::Mat image = cv::imdecode(raw, cv::IMREAD_UNCHANGED);
    if (image.empty()) return "is damaged, or of a kind that OpenCV cannot read";
    if (image.depth() != CV_8U && image.depth() != CV_16U) return "holds numbers that are no pixels of 8 or 16 bits";
    if (image.channels() > 4) return "has more channels than colours and alpha";
    // OpenCV has turned a TIFF that asks for it.
    const int orientation = facts.orientation != 1 || options->orientation == 0 ? 1 : options->orientation;
    Planes planes(*options, orientation, image.rows, image.cols);
    if (!planes.make(allocate, context)) return "does not fit in memory";
    if (image.depth() == CV_8U)
      put_rows<uint8_t>(image, planes);
    else
      put_rows<uint16_t>(image, planes);
  } catch (const std::exception&) {
    return "is damaged, or of a kind that OpenCV cannot read";
  }
  return nullptr;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const dlrun_image_functions* dlrun_images() {
  static const dlrun_image_functions functions = {dlrun_image_version, look_at_head, decode, nullptr};
  cv::setNumThreads(0);  // Callers decode many pictures at once; threads inside one would only get in the way.
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  return &functions;
}
