// DLinear: a moving average and what is left of the series, each through one linear map in time (Zeng et al. 2023).
//
// Names and numbers are those of LTSF-Linear's DLinear: Linear_Seasonal.weight [horizon, steps] and
// Linear_Trend.weight, shared by all channels; with `individual` Linear_Seasonal.0.weight and so on, one for each
// channel.

#include "models/series_input.h"
#include "models/shape_error.h"
#include "nn/linear.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Dlinear final : Architecture {
  int64_t kernel_size = 25;
  bool individual = false;

  std::vector<Field> fields() override {
    return with_common({
        field("kernel_size", kernel_size, "Steps of the moving average; odd.", at_least(1)),
        field("individual", individual, "A linear map of its own for each channel, instead of one for all."),
    });
  }

  std::vector<Relation> relations() const override {
    return {{"kernel_size", "kernel_size % 2 == 1", "must be odd, so that the average has a middle"}};
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

// [N, C, T] -> the same: the mean of the steps around each one; beyond its ends a series stays as it is there.
at::Tensor moving_average(const at::Tensor& series, int64_t kernel) {
  const int64_t side = (kernel - 1) / 2, channels = series.size(1), steps = series.size(2);
  if (side == 0) return series;
  const at::Tensor front = series.narrow(2, 0, 1).expand({-1, channels, side});
  const at::Tensor behind = series.narrow(2, steps - 1, 1).expand({-1, channels, side});
  return at::avg_pool1d(at::cat({front, series, behind}, 2), kernel, 1);
}

class DlinearNetwork final : public SimpleNetwork {
 public:
  DlinearNetwork(const Dlinear& options, const SeriesInput& input, int64_t horizon)
      : input_(input), kernel_(options.kernel_size) {
    if (!options.individual) {
      seasonal_ = {make<Linear>("Linear_Seasonal", input.steps, horizon)};
      trend_ = {make<Linear>("Linear_Trend", input.steps, horizon)};
      return;
    }
    const auto seasonal = std::make_shared<Sequential>(), trend = std::make_shared<Sequential>();
    for (int64_t c = 0; c < input.channels; ++c) {
      seasonal_.push_back(seasonal->add<Linear>(input.steps, horizon));
      trend_.push_back(trend->add<Linear>(input.steps, horizon));
    }
    child("Linear_Seasonal", seasonal);
    child("Linear_Trend", trend);
  }

  // [N, T] or [N, C, T] -> [N, C * horizon], channel by channel
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor series = input_.channels_first(input);
    const at::Tensor trend = moving_average(series, kernel_), rest = series - trend;
    if (seasonal_.size() == 1 && trend_.size() == 1)
      return (seasonal_[0]->forward(rest) + trend_[0]->forward(trend)).flatten(1);
    std::vector<at::Tensor> channels;
    for (size_t c = 0; c < seasonal_.size(); ++c) {
      const int64_t place = static_cast<int64_t>(c);
      channels.push_back(seasonal_[c]->forward(rest.select(1, place)) + trend_[c]->forward(trend.select(1, place)));
    }
    return at::cat(channels, 1);
  }

 private:
  SeriesInput input_;
  int64_t kernel_;
  std::vector<std::shared_ptr<Linear>> seasonal_, trend_;  // one, or one for each channel
};

std::shared_ptr<Network> Dlinear::build(const Shapes& shapes) const {
  const SeriesInput input = series_input("dlinear", shapes);
  if (input.steps == 0) shape_error("type", "dlinear takes series of one length, and those of the data differ");
  if (shapes.outputs < 1 || shapes.outputs % input.channels != 0)
    shape_error("type", "dlinear answers every channel it reads with as many numbers, and " +
                            std::to_string(shapes.outputs) + " answers are no multiple of " +
                            std::to_string(input.channels) + " channels; forecast all channels, or read fewer");
  return std::make_shared<DlinearNetwork>(*this, input, shapes.outputs / input.channels);
}

const Registered<Architecture, Dlinear> dlinear_entry{
    "dlinear", "Forecasts by linear maps of a moving average and of what is left."};

}  // namespace
}  // namespace dlrun
