// Regression: one or several numbers for each sample.

#include <ATen/ATen.h>

#include "base/error.h"
#include "losses/gives_quantiles.h"
#include "spec/catalog.h"
#include "tasks/judges_answers.h"
#include "tasks/mixed_loss.h"
#include "tasks/task.h"
#include "tensor/quantile_name.h"

namespace dlrun {
namespace {

struct Regression final : Task, TakesMixedSamples, JudgesAnswers {
  std::vector<Field> fields() override { return {}; }

  bool averages() const override { return true; }
  std::string default_loss() const override { return "mse"; }
  std::vector<std::string> default_metrics() const override { return {"rmse", "mae"}; }
  std::string default_monitor() const override { return "val/rmse"; }

  void teach(const Loss& loss) override {
    Task::teach(loss);
    loss_ = &loss;
  }
  Shapes shapes(const Loss& loss) const override {
    const FieldInfo* target = info().target();
    if (!target || target->means != FieldInfo::Means::numbers)
      throw UserError(ExitCode::bad_recipe, std::string("task: regression needs numbers as targets, these data have ") +
                                                (target ? name_of(target->means) : "none"));
    return shapes_of(loss.numbers(target->numel()));
  }
  bool weighs_samples() const override { return true; }

  Outcome turn(const Turn& turn) const override {
    return judge(answering(turn.all).forward(turn.batch), turn.batch, turn.loss);
  }

  // The loss is in scaled units, the metrics in the target's own. Of a loss that teaches quantiles the answer has each,
  // "quantile_0.9", as large as the target.
  Outcome judge(const Batch& answer, const Batch& batch, const Loss& loss) const override {
    const at::Tensor prediction = loss.predicted(answer["output"].detach());
    Batch truth = truth_of(batch["target"].reshape(prediction.sizes()));
    if (batch.has("weight")) truth.set("weight", batch["weight"]);
    Batch told = answer_of(unscaled(prediction));
    for (auto& [name, values] : quantiles_of(loss, answer["output"].detach())) told.set(name, std::move(values));
    return {loss.forward(answer, truth), {}, std::move(told), truth_of(unscaled(truth["target"]))};
  }

  nlohmann::json predict(Network& network, const Batch& batch) const override {
    return tell(network.forward(batch)["output"]);
  }
  nlohmann::json tell(const at::Tensor& output) const override {
    const at::Tensor values = unscaled(loss_->predicted(output)).cpu();
    TensorList quantiles = quantiles_of(*loss_, output);
    for (auto& [name, numbers] : quantiles) numbers = numbers.cpu();
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < values.size(0); ++i) {
      nlohmann::json record = {{"value", told(values[i])}};
      if (quantiles.size() > 1)
        for (const auto& [name, numbers] : quantiles) record[name] = told(numbers[i]);
      records.push_back(std::move(record));
    }
    return records;
  }

 private:
  // [K] -> the number, or numbers by the names of their targets.
  nlohmann::json told(const at::Tensor& values) const {
    nlohmann::json row = nlohmann::json::array(), named = nlohmann::json::object();
    const bool by_name = values.size(0) > 1 && static_cast<int64_t>(info().targets.size()) == values.size(0);
    for (int64_t k = 0; k < values.size(0); ++k) {
      row.push_back(values[k].item<double>());
      if (by_name) named[info().targets[static_cast<size_t>(k)]] = row.back();
    }
    return row.size() == 1 ? row[0] : by_name ? named : row;
  }

  TensorList quantiles_of(const Loss& loss, const at::Tensor& output) const {
    TensorList found;
    const auto* gives = dynamic_cast<const GivesQuantiles*>(&loss);
    const std::vector<double> shares = gives ? gives->shares() : std::vector<double>();
    for (size_t i = 0; i < shares.size(); ++i)
      found.emplace_back(quantile_name(shares[i]), unscaled(gives->of_share(output, i)));
    return found;
  }

  // float64: targets may have more digits than a float keeps.
  at::Tensor unscaled(const at::Tensor& values) const {
    const at::Tensor exact = values.to(at::kDouble);
    if (info().target_scale.empty()) return exact;
    return exact * at::tensor(info().target_scale, at::kDouble).to(exact.device()) +
           at::tensor(info().target_offset, at::kDouble).to(exact.device());
  }

  const Loss* loss_ = nullptr;  // the recipe's
};

const Registered<Task, Regression> regression_entry{"regression", "One or several numbers for each sample."};

}  // namespace
}  // namespace dlrun
