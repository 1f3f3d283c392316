// Pictures between files and tensors; the plugin that does the decoding.

#include "data/images.h"

#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "data/input_file.h"
#include "data/plugins/images_abi.h"
#include "tensor/plugin.h"

namespace dlrun {
namespace {

const dlrun_image_functions& load_decoder(const std::string& file, const std::string& help) {
  const Plugin plugin = load_plugin(file, "dlrun_images");
  if (!plugin.problem.empty()) no_input(plugin.path, "cannot be loaded, so " + help + ": " + plugin.problem);
  const auto functions = reinterpret_cast<const dlrun_image_functions* (*)()>(plugin.entry);
  if (!functions || functions()->version != dlrun_image_version)
    no_input(plugin.path, "is of another build of dlrun; build again");
  return *functions();
}

const dlrun_image_functions& plugin() {
  static const dlrun_image_functions& functions = load_decoder(
      "libdlrun_images.so", "there is no reading of pictures; install libjpeg-turbo and libpng, or build again");
  return functions;
}

const dlrun_image_functions& plugin_of_other_formats() {
  static const dlrun_image_functions& functions =
      load_decoder("libdlrun_formats.so",
                   "only JPEG and PNG pictures are read; install OpenCV (libopencv-imgcodecs-dev) and build again, or "
                   "convert them");
  return functions;
}

const dlrun_image_functions& plugin_for(std::string_view bytes) {
  return picture_format(bytes) == PictureFormat::other ? plugin_of_other_formats() : plugin();
}

// Weights of the source pixels for every target pixel along one axis: a triangle as wide as the scale, at least one
// pixel (torchvision's antialias, Pillow's BILINEAR).
struct Axis {
  std::vector<int64_t> first;
  std::vector<std::vector<float>> weights;
};

Axis axis(int64_t from, int64_t to) {
  Axis result;
  const double scale = static_cast<double>(from) / static_cast<double>(to), width = std::max(scale, 1.0);
  for (int64_t i = 0; i < to; ++i) {
    const double centre = scale * (static_cast<double>(i) + 0.5);
    const int64_t low = std::max<int64_t>(0, static_cast<int64_t>(centre - width + 0.5));
    const int64_t high = std::min<int64_t>(from, static_cast<int64_t>(centre + width + 0.5));
    std::vector<float> weights;
    double total = 0.0;
    for (int64_t j = low; j < high; ++j) {
      const double distance = std::abs((static_cast<double>(j) + 0.5 - centre) / width);
      weights.push_back(static_cast<float>(std::max(0.0, 1.0 - distance)));
      total += weights.back();
    }
    for (float& weight : weights) weight = static_cast<float>(weight / total);
    result.first.push_back(low);
    result.weights.push_back(std::move(weights));
  }
  return result;
}

template <class Number>
Number rounded(float value) {
  return static_cast<Number>(std::clamp(value + 0.5f, 0.0f, static_cast<float>(std::numeric_limits<Number>::max())));
}

template <class Number>
void resize_planes(const at::Tensor& image, at::Tensor& result) {
  const int64_t channels = image.size(0), from_height = image.size(1), from_width = image.size(2);
  const int64_t height = result.size(1), width = result.size(2);
  const Axis across = axis(from_width, width), down = axis(from_height, height);
  const Number* from = image.const_data_ptr<Number>();
  Number* to = result.data_ptr<Number>();
  std::vector<float> rows(static_cast<size_t>(from_height * width));
  for (int64_t c = 0; c < channels; ++c, from += from_height * from_width) {
    for (int64_t y = 0; y < from_height; ++y)
      for (int64_t x = 0; x < width; ++x) {
        const std::vector<float>& weights = across.weights[x];
        const Number* pixel = from + y * from_width + across.first[x];
        float sum = 0.0f;
        for (size_t k = 0; k < weights.size(); ++k) sum += weights[k] * static_cast<float>(pixel[k]);
        rows[y * width + x] = sum;
      }
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x) {
        const std::vector<float>& weights = down.weights[y];
        float sum = 0.0f;
        for (size_t k = 0; k < weights.size(); ++k)
          sum += weights[k] * rows[(down.first[y] + static_cast<int64_t>(k)) * width + x];
        *to++ = rounded<Number>(sum);
      }
  }
}

}  // namespace

PictureFormat picture_format(std::string_view beginning) {
  const auto begins = [&](std::string_view mark) { return beginning.starts_with(mark); };
  if (begins("\xFF\xD8\xFF") || begins("\x89PNG\r\n\x1A\n")) return PictureFormat::jpeg_or_png;
  const bool webp = begins("RIFF") && beginning.substr(std::min<size_t>(8, beginning.size())).starts_with("WEBP");
  const bool tiff = begins(std::string_view("II*\0", 4)) || begins(std::string_view("MM\0*", 4));
  const bool bmp = begins("BM") && beginning.size() >= 10 && beginning.substr(6, 4) == std::string_view("\0\0\0\0", 4);
  const bool pnm = beginning.size() >= 3 && beginning[0] == 'P' && beginning[1] >= '1' && beginning[1] <= '6' &&
                   std::string_view(" \t\r\n").find(beginning[2]) != std::string_view::npos;
  return webp || tiff || bmp || pnm ? PictureFormat::other : PictureFormat::none;
}

std::optional<ImageFacts> look_at_image(std::string_view beginning, const std::string& name) {
  dlrun_picture_facts facts = {};
  const char* problem = nullptr;
  switch (plugin_for(beginning).look(reinterpret_cast<const uint8_t*>(beginning.data()), beginning.size(), &facts,
                                     &problem)) {
    case dlrun_more:
      return std::nullopt;
    case dlrun_refused:
      bad_data(name, problem);
    case dlrun_seen:
      break;
  }
  return ImageFacts{.height = facts.height,
                    .width = facts.width,
                    .channels = facts.channels,
                    .bits = facts.bits,
                    .orientation = facts.orientation,
                    .jpeg = facts.jpeg != 0,
                    .palette = facts.palette != 0,
                    .alpha = facts.alpha != 0};
}

at::Tensor decode_image(std::string_view bytes, const DecodeOptions& options, const std::string& name,
                        int64_t* loose_bytes) {
  struct Made {
    at::ScalarType type;
    at::Tensor image;
  } made{options.deep ? at::kUInt16 : at::kByte, {}};
  const auto allocate = [](void* context, int c, int h, int w) {
    Made& into = *static_cast<Made*>(context);
    into.image = at::empty({c, h, w}, into.type);
    return into.image.data_ptr();
  };
  const dlrun_decode_options wanted = {static_cast<int>(options.channels), options.deep, options.orientation};
  dlrun_decode_notes notes = {};
  const char* problem = plugin_for(bytes).decode(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), &wanted,
                                                 allocate, &made, &notes);
  if (problem) bad_data(name, problem);
  if (loose_bytes) *loose_bytes = notes.loose_bytes;
  return made.image;
}

std::string encode_png(const at::Tensor& image) {
  TORCH_CHECK(image.dim() == 3 && (image.size(0) == 1 || image.size(0) == 3) && image.scalar_type() == at::kByte,
              "a picture is uint8 [1 or 3, H, W]");
  const at::Tensor planes = image.contiguous().cpu();
  std::string encoded;
  const auto take = [](void* context, const uint8_t* bytes, size_t size) {
    static_cast<std::string*>(context)->assign(reinterpret_cast<const char*>(bytes), size);
  };
  const char* problem =
      plugin().encode_png(planes.const_data_ptr<uint8_t>(), static_cast<int>(image.size(0)),
                          static_cast<int>(image.size(1)), static_cast<int>(image.size(2)), take, &encoded);
  TORCH_CHECK(!problem, problem);
  return encoded;
}

void write_png(const std::string& path, const at::Tensor& image) {
  const at::Tensor bytes =
      image.scalar_type() == at::kByte ? image : image.detach().clamp(0, 1).mul(255).round().to(at::kByte);
  write_text_atomically(path, encode_png(bytes));
}

at::Tensor image_grid(const at::Tensor& images, int64_t columns, int64_t gap) {
  const int64_t count = images.size(0), height = images.size(2), width = images.size(3);
  columns = std::clamp<int64_t>(columns, 1, count);
  const int64_t rows = (count + columns - 1) / columns;
  at::Tensor grid = at::zeros({images.size(1), rows * (height + gap) - gap, columns * (width + gap) - gap},
                              images.options().device(at::kCPU));
  for (int64_t i = 0; i < count; ++i)
    grid.narrow(1, i / columns * (height + gap), height)
        .narrow(2, i % columns * (width + gap), width)
        .copy_(images[i].detach());
  return grid;
}

at::Tensor resize_image(const at::Tensor& image, int64_t height, int64_t width) {
  if (image.size(1) == height && image.size(2) == width) return image;
  at::Tensor result = at::empty({image.size(0), height, width}, image.scalar_type());
  if (image.scalar_type() == at::kUInt16)
    resize_planes<uint16_t>(image, result);
  else
    resize_planes<uint8_t>(image, result);
  return result;
}

at::Tensor resize_nearest(const at::Tensor& image, int64_t height, int64_t width) {
  const at::Tensor source = image.contiguous();
  const int64_t channels = image.size(0), from_height = image.size(1), from_width = image.size(2);
  at::Tensor result = at::empty({channels, height, width}, at::kByte);
  const uint8_t* from = source.const_data_ptr<uint8_t>();
  uint8_t* to = result.data_ptr<uint8_t>();
  for (int64_t c = 0; c < channels; ++c, from += from_height * from_width)
    for (int64_t y = 0; y < height; ++y) {
      const uint8_t* row = from + (2 * y + 1) * from_height / (2 * height) * from_width;
      for (int64_t x = 0; x < width; ++x) *to++ = row[(2 * x + 1) * from_width / (2 * width)];
    }
  return result;
}

}  // namespace dlrun
