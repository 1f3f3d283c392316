// Forecasting: the steps that follow a window of a series.

#include <ATen/ATen.h>

#include "base/error.h"
#include "spec/catalog.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

struct Forecasting final : Task {
  std::vector<Field> fields() override { return {}; }

  std::string default_loss() const override { return "mse"; }
  std::vector<std::string> default_metrics() const override { return {"rmse", "mae"}; }
  std::string default_monitor() const override { return "val/loss"; }

  Shapes shapes(const Loss&) const override {
    const FieldInfo* target = info().target();
    if (!target || target->means != FieldInfo::Means::numbers || target->sizes.size() != 2)
      throw UserError(ExitCode::bad_recipe,
                      "task: forecasting needs targets [channels, steps], which data of the type windows have");
    return shapes_of(target->numel());
  }

  // The loss and scaled_mse, scaled_mae are in scaled units, so that channels count alike; the metrics in the table's
  // own.
  Outcome turn(const Turn& turn) const override {
    const Batch answer = answering(turn.all).forward(turn.batch);
    const at::Tensor& prediction = answer["output"];  // [N, channels * steps]
    const Batch truth = truth_of(turn.batch["target"].reshape(prediction.sizes()));
    const at::Tensor error = prediction.detach() - truth["target"];
    return {turn.loss.forward(answer, truth),
            {{"scaled_mse", error.square().mean()}, {"scaled_mae", error.abs().mean()}},
            answer_of(unscaled(prediction.detach())),
            truth_of(unscaled(truth["target"]))};
  }

  // {"forecast": {channel: [value of each step]}}, in the table's own units.
  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor values = unscaled(network.forward(batch)["output"]).cpu();
    const int64_t channels = std::ssize(info().targets), steps = values.size(1) / channels;
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < values.size(0); ++i) {
      nlohmann::json forecast = nlohmann::json::object();
      for (int64_t c = 0; c < channels; ++c) {
        const at::Tensor row = values[i].narrow(0, c * steps, steps).contiguous();
        const double* first = row.const_data_ptr<double>();
        forecast[info().targets[static_cast<size_t>(c)]] = std::vector<double>(first, first + steps);
      }
      records.push_back({{"forecast", forecast}});
    }
    return records;
  }

 private:
  // [N, channels * steps], of float64: targets may have more digits than a float keeps.
  at::Tensor unscaled(const at::Tensor& values) const {
    const at::Tensor exact = values.to(at::kDouble).unflatten(1, {std::ssize(info().targets), -1});
    return (exact * of_channels(info().target_scale, exact) + of_channels(info().target_offset, exact)).flatten(1);
  }

  // [channels, 1]: all steps of a channel have the same.
  at::Tensor of_channels(const std::vector<double>& all, const at::Tensor& like) const {
    const at::Tensor steps = at::tensor(all, at::kDouble).unflatten(0, {std::ssize(info().targets), -1});
    return steps.narrow(1, 0, 1).contiguous().to(like.device());
  }
};

const Registered<Task, Forecasting> forecasting_entry{"forecasting", "The steps that follow a window of a series."};

}  // namespace
}  // namespace dlrun
