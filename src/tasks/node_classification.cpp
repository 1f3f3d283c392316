// Node classification: one class for each labelled node of a graph.

#include <ATen/ATen.h>

#include "base/error.h"
#include "spec/catalog.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

struct NodeClassification final : Task {
  std::vector<Field> fields() override { return {}; }

  bool classification() const override { return true; }
  bool averages() const override { return true; }
  std::string default_loss() const override { return "cross_entropy"; }
  std::vector<std::string> default_metrics() const override { return {"accuracy"}; }
  std::string default_monitor() const override { return "val/accuracy"; }

  Shapes shapes(const Loss& loss) const override {
    if (info().classes().size() < 2)
      throw UserError(ExitCode::bad_recipe, "task: node_classification needs a graph with at least two classes");
    return shapes_of(loss.outputs(static_cast<int64_t>(info().classes().size())));
  }

  // The whole graph goes through the network; the nodes of this split count.
  Outcome turn(const Turn& turn) const override {
    const at::Tensor nodes = turn.batch["mask"].nonzero().squeeze(1);
    const at::Tensor scores = answering(turn.all).forward(turn.batch)["output"].index_select(0, nodes);
    const Batch truth = truth_of(turn.batch["target"].index_select(0, nodes));
    return {turn.loss.forward(answer_of(scores), truth), {}, answer_of(scores.detach()), truth};
  }

  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor chances = probabilities(network.forward(batch)["output"], this->chances()).cpu();
    const at::Tensor best = chances.argmax(1);
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < best.size(0); ++i) {
      if (batch.has("mask") && !batch["mask"][i].item<bool>()) continue;
      const int64_t index = best[i].item<int64_t>();
      records.push_back({{"node", i},
                         {"class", info().classes()[index]},
                         {"index", index},
                         {"probability", chances[i][index].item<float>()}});
      for (int64_t k = 0; k < chances.size(1); ++k)
        records.back()["probabilities"][info().classes()[k]] = chances[i][k].item<float>();
      if (batch.has("target")) records.back()["true"] = info().classes()[batch["target"][i].item<int64_t>()];
    }
    return records;
  }
};

const Registered<Task, NodeClassification> node_classification_entry{"node_classification",
                                                                     "One class for each node of a graph."};

}  // namespace
}  // namespace dlrun
