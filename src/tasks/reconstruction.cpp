// Reconstruction: the network gives its input back (autoencoders). What it cannot give back is unusual.

#include <ATen/ATen.h>

#include "base/error.h"
#include "spec/catalog.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

struct Reconstruction final : Task {
  bool anomalies = false;
  std::optional<double> threshold;

  std::vector<Field> fields() override {
    return {
        field("anomalies", anomalies,
              "Whether the second of two classes are unusual samples: metrics (roc_auc) then hold the error of each "
              "sample against its class, from which nothing is learned."),
        field("threshold", threshold,
              "Error above which predictions call a sample unusual; where left open, none does.", at_least(0)),
    };
  }

  bool classification() const override { return anomalies; }
  bool averages() const override { return !anomalies; }
  std::string default_loss() const override { return "mse"; }
  std::vector<std::string> default_metrics() const override {
    return anomalies ? std::vector<std::string>{"roc_auc"} : std::vector<std::string>{};
  }

  Shapes shapes(const Loss&) const override {
    if (anomalies && info().classes().size() != 2)
      throw UserError(ExitCode::bad_recipe,
                      "task.anomalies: needs two classes, what is usual and what is not, and the "
                      "data have " +
                          std::to_string(info().classes().size()));
    return shapes_of(info().input().numel());
  }

  Outcome turn(const Turn& turn) const override {
    const Batch answer = answering(turn.all).forward(turn.batch), truth = truth_of(turn.batch["input"]);
    const Weighted loss = turn.loss.forward(answer, truth);
    const at::Tensor output = answer["output"].detach();
    if (!anomalies) return {loss, {}, answer_of(output), truth};
    return {loss, {}, answer_of(error_of(output, turn.batch["input"]).unsqueeze(1)), truth_of(turn.batch["target"])};
  }

  // The error of each sample: a score of how unusual it is.
  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor error = error_of(network.forward(batch)["output"], batch["input"]).cpu();
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < error.size(0); ++i) {
      records.push_back({{"error", error[i].item<float>()}});
      if (threshold) records.back()["anomaly"] = error[i].item<float>() > *threshold;
    }
    return records;
  }

  bool draws() const override { return true; }
  // Rows of eight inputs, each above a row of their reconstructions.
  at::Tensor picture(Network& network, const Batch& batch) const override {
    if (batch["input"].dim() != 4) return {};
    const int64_t count = std::min<int64_t>(32, batch["input"].size(0) / 8 * 8);
    if (count == 0) return {};
    const at::Tensor input = batch["input"].narrow(0, 0, count);
    const at::Tensor output = network.forward({{"input", input}})["output"];
    std::vector<at::Tensor> rows;
    for (int64_t i = 0; i < count; i += 8) {
      rows.push_back(input.narrow(0, i, 8));
      rows.push_back(output.narrow(0, i, 8));
    }
    return picture_of(at::cat(rows), 8, input.min().item<double>(), input.max().item<double>());
  }

 private:
  // Mean squared, [N].
  static at::Tensor error_of(const at::Tensor& output, const at::Tensor& input) {
    return (output - input).flatten(1).square().mean(1);
  }
};

const Registered<Task, Reconstruction> reconstruction_entry{"reconstruction", "The network gives its input back."};

}  // namespace
}  // namespace dlrun
