// Reconstruction: the network gives its input back (autoencoders).

#include <ATen/ATen.h>

#include "spec/catalog.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

struct Reconstruction final : Task {
  std::vector<Field> fields() override { return {}; }

  bool averages() const override { return true; }
  std::string default_loss() const override { return "mse"; }

  Shapes shapes(const Loss&) const override { return shapes_of(info().input().numel()); }

  Outcome turn(const Turn& turn) const override {
    const Batch answer = answering(turn.all).forward(turn.batch), truth = truth_of(turn.batch["input"]);
    return {turn.loss.forward(answer, truth), {}, answer_of(answer["output"].detach()), truth};
  }

  // The mean squared error of each sample: a score of how unusual it is.
  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor& input = batch["input"];
    const at::Tensor error = (network.forward(batch)["output"] - input).flatten(1).square().mean(1).cpu();
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < error.size(0); ++i) records.push_back({{"error", error[i].item<float>()}});
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
};

const Registered<Task, Reconstruction> entry{"reconstruction", "The network gives its input back."};

}  // namespace
}  // namespace dlrun
