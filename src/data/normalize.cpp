// Normalize: subtracts a mean and divides by a deviation, per channel. Pixels are in [0, 1] before it.

#include <limits>

#include "base/error.h"
#include "base/long_work.h"
#include "data/augmentation.h"
#include "data/pixel_targets.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// Sum and sum of squares per channel, of pixels in [0, 1]. Of uint8 images by counting values, so that the result is
// exact.
class Moments {
 public:
  explicit Moments(int64_t channels) : counts_(channels * 4 * 256), sums_(channels), squares_(channels), pixels_(0) {}

  void add(const at::Tensor& images) {
    const int64_t batch = images.size(0), channels = images.size(1), plane = images.size(2) * images.size(3);
    pixels_ += batch * plane;
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t c = 0; c < channels; ++c) {
        const int64_t start = (b * channels + c) * plane;
        if (images.scalar_type() == at::kByte)
          count(images.const_data_ptr<uint8_t>() + start, plane, &counts_[c * 4 * 256]);
        else if (images.scalar_type() == at::kUInt16)
          sum(images.const_data_ptr<uint16_t>() + start, plane, c);
        else
          sum(images.const_data_ptr<float>() + start, plane, c);
      }
  }

  // {mean, deviation} of channel c.
  std::pair<double, double> of(int64_t c) const {
    double sum = sums_[c], square = squares_[c];
    for (int lane = 0; lane < 4; ++lane)
      for (int value = 0; value < 256; ++value) {
        double pixel = value / 255.0, count = static_cast<double>(counts_[(c * 4 + lane) * 256 + value]);
        sum += count * pixel;
        square += count * pixel * pixel;
      }
    double mean = sum / static_cast<double>(pixels_);
    return {mean, std::sqrt(std::max(0.0, square / static_cast<double>(pixels_) - mean * mean))};
  }

 private:
  // Four tables in turn: equal neighbours would wait for each other's count.
  static void count(const uint8_t* pixels, int64_t size, int64_t* counts) {
    int64_t i = 0;
    for (; i + 4 <= size; i += 4) {
      ++counts[pixels[i]];
      ++counts[256 + pixels[i + 1]];
      ++counts[512 + pixels[i + 2]];
      ++counts[768 + pixels[i + 3]];
    }
    for (; i < size; ++i) ++counts[pixels[i]];
  }

  template <class Number>
  void sum(const Number* pixels, int64_t size, int64_t c) {
    constexpr double white = std::is_integral_v<Number> ? std::numeric_limits<Number>::max() : 1;
    for (int64_t i = 0; i < size; ++i) {
      const double pixel = pixels[i] / white;
      sums_[c] += pixel;
      squares_[c] += pixel * pixel;
    }
  }

  std::vector<int64_t> counts_;  // [C, 4, 256]
  std::vector<double> sums_, squares_;
  int64_t pixels_;
};

struct Normalize final : Augmentation, KeepsPixelTargets {
  std::vector<double> mean, std;

  std::vector<Field> fields() override {
    return {
        field("mean", mean,
              "Mean per channel, of pixels in [0, 1]; one value serves all channels. Measured on the training split "
              "where left open."),
        field("std", std, "Deviation per channel, likewise.", more_than(0)),
    };
  }

  std::vector<Relation> relations() const override {
    return {
        {"", "given(mean) == given(std)", "give both mean and std, or neither"},
        {"std", "count(mean, std) < 2 or length(mean) == length(std)", "mean and std need the same number of values"},
    };
  }

  nlohmann::json fit(const Split& train) override {
    if (!mean.empty()) return nullptr;
    std::vector<int64_t> samples;
    std::optional<Moments> moments;
    int64_t channels = 0;
    LongWork measuring("measuring pictures to normalize them", train.size());
    for (int64_t start = 0; start < train.size(); start += 1024) {
      samples.resize(static_cast<size_t>(std::min<int64_t>(1024, train.size() - start)));
      for (size_t i = 0; i < samples.size(); ++i) samples[i] = start + static_cast<int64_t>(i);
      at::Tensor images = train.gather(samples)["input"].contiguous();
      check(images.sizes().slice(1).vec());
      channels = images.size(1);
      if (!moments) moments.emplace(channels);
      moments->add(images);
      measuring.done(images.size(0));
    }
    for (int64_t c = 0; c < channels; ++c) {
      auto [average, deviation] = moments->of(c);
      mean.push_back(average);
      std.push_back(deviation > 1e-6 ? deviation : 1.0);  // A constant channel has only rounding noise to scale.
    }
    return {{"mean", mean}, {"std", std}};
  }

  void restore(const nlohmann::json& fitted) override {
    if (fitted.is_null()) return;
    mean = fitted.at("mean").get<std::vector<double>>();
    std = fitted.at("std").get<std::vector<double>>();
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    check(shape);
    return shape;
  }

  void apply(Batch& batch, const Draws&) const override { apply_to_held_out(batch); }

  void apply_to_held_out(Batch& batch) const override {
    const at::Tensor& images = batch["input"];
    check(images.sizes().slice(1).vec());
    const double unit = white_of(images.scalar_type());
    std::vector<float> scale, shift;
    for (int64_t c = 0; c < images.size(1); ++c) {
      size_t i = mean.size() == 1 ? 0 : static_cast<size_t>(c);
      scale.push_back(static_cast<float>(1.0 / (unit * std[i])));
      shift.push_back(static_cast<float>(-mean[i] / std[i]));
    }
    batch.set("input", scale_pixels(images, scale, shift));
  }

 private:
  void check(const std::vector<int64_t>& shape) const {
    require_image("normalize", shape);
    if (mean.size() > 1 && static_cast<int64_t>(mean.size()) != shape[0])
      throw UserError(ExitCode::bad_recipe, "augmentation normalize.mean: has " + std::to_string(mean.size()) +
                                                " values, the images have " + std::to_string(shape[0]) + " channels");
  }
};

const Registered<Augmentation, Normalize> normalize_entry{
    "normalize", "Subtracts the mean and divides by the deviation of each channel."};

}  // namespace
}  // namespace dlrun
