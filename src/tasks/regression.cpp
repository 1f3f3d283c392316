// Regression: one or several numbers for each sample.

#include <ATen/ATen.h>

#include "base/error.h"
#include "spec/catalog.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

struct Regression final : Task {
  std::vector<Field> fields() override { return {}; }

  std::string default_loss() const override { return "mse"; }
  std::vector<std::string> default_metrics() const override { return {"rmse", "mae"}; }
  std::string default_monitor() const override { return "val/rmse"; }

  Shapes shapes(const Loss&) const override {
    if (!info().classes.empty() || info().target_shape.empty())
      throw UserError(ExitCode::bad_recipe, "task: regression needs numbers as targets, these data have classes");
    int64_t outputs = 1;
    for (int64_t size : info().target_shape) outputs *= size;
    return {info().input_shape, outputs, static_cast<int64_t>(info().vocabulary.size())};
  }

  // The loss is in scaled units, the metrics in the target's own.
  Outcome step(Network& network, const Loss& loss, const Batch& batch, size_t) const override {
    const at::Tensor prediction = network.forward(batch)["output"];
    const at::Tensor target = batch["target"].reshape(prediction.sizes());
    return {loss.forward(prediction, target), {}, unscaled(prediction.detach()), unscaled(target), loss.weight(target)};
  }

  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor values = unscaled(network.forward(batch)["output"]).to(at::kDouble).cpu();
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < values.size(0); ++i) {
      nlohmann::json row = nlohmann::json::array(), named = nlohmann::json::object();
      const bool by_name = values.size(1) > 1 && static_cast<int64_t>(info().targets.size()) == values.size(1);
      for (int64_t k = 0; k < values.size(1); ++k) {
        row.push_back(values[i][k].item<double>());
        if (by_name) named[info().targets[static_cast<size_t>(k)]] = row.back();
      }
      records.push_back({{"value", row.size() == 1 ? row[0] : by_name ? named : row}});
    }
    return records;
  }

 private:
  at::Tensor unscaled(const at::Tensor& values) const {
    if (info().target_scale.empty()) return values;
    const at::TensorOptions options = values.options();
    return values * at::tensor(info().target_scale, at::kDouble).to(options) +
           at::tensor(info().target_offset, at::kDouble).to(options);
  }
};

const Registered<Task, Regression> entry{"regression", "One or several numbers for each sample."};

}  // namespace
}  // namespace dlrun
