// Metric learning: places in which samples of one class are near each other, also of classes that no training has seen.

#include <ATen/ATen.h>

#include "base/error.h"
#include "losses/compares_samples.h"
#include "losses/embeddings.h"
#include "nn/build_device.h"
#include "nn/init.h"
#include "spec/catalog.h"
#include "tasks/features.h"
#include "tasks/task.h"
#include "tensor/ranks.h"

namespace dlrun {
namespace {

// What the loss learns itself.
struct LossWeights final : Module {
  explicit LossWeights(const std::vector<OwnWeight>& weights) : values(weights.size()) {
    for (size_t i = 0; i < weights.size(); ++i) {
      parameter(weights[i].name, values[i], new_tensor(weights[i].sizes));
      normal_(values[i], 0.0, weights[i].deviation);
    }
  }
  std::vector<at::Tensor> values;  // in the order of the loss's
};

// Where the loss has weights of its own: "network" answers.
struct Learning final : Module {
  Learning(std::shared_ptr<Network> answering, const std::vector<OwnWeight>& weights)
      : network(child("network", std::move(answering))), loss(make<LossWeights>("loss", weights)) {}
  std::shared_ptr<Network> network;
  std::shared_ptr<LossWeights> loss;
};

struct MetricLearning final : Task, AnswersWithFeatures {
  std::optional<int64_t> width;
  bool normalize = true;

  std::vector<Field> fields() override {
    return {
        field("width", width,
              "Numbers that the network's last layer gives for a sample; null: no such layer, its features compare.",
              at_least(1)),
        field("normalize", normalize,
              "Whether embeddings are divided by their length before the loss and the metrics compare them.")};
  }

  bool classification() const override { return true; }
  std::string default_loss() const override { return "contrastive"; }
  std::vector<std::string> default_metrics() const override { return {"recall_at_k"}; }
  std::string default_monitor() const override { return "val/recall_at_1"; }

  void teach(const Loss& loss) override {
    Task::teach(loss);
    loss_ = &loss;
  }
  Shapes shapes(const Loss&) const override { return shapes_of(width.value_or(0)); }

  std::shared_ptr<Module> assemble(const NetworkMaker& make) const override {
    std::shared_ptr<Network> network = make();
    const std::vector<OwnWeight> own = weights(width ? *width : width_of_features(*network, "metric_learning"));
    if (own.empty()) return network;
    return std::make_shared<Learning>(std::move(network), own);
  }
  Network& answering(Module& all) const override {
    auto* learning = dynamic_cast<Learning*>(&all);
    return learning ? *learning->network : static_cast<Network&>(all);
  }

  Outcome turn(const Turn& turn) const override {
    const auto* learning = dynamic_cast<const Learning*>(&turn.all);
    const std::vector<OwnWeight> own = weights(1);
    if (!own.empty() && !learning)
      throw UserError(ExitCode::bad_recipe,
                      "task: this loss has weights of its own, which an exported network has no more; evaluate the run "
                      "folder");
    const at::Tensor places = embed(answering(turn.all), turn.batch);
    const Batch truth = truth_of(turn.batch["target"]);
    Batch answer{{"embedding", places}}, compared{{"embedding", places.detach()}};
    answer.count = compared.count = truth.count;
    for (size_t i = 0; i < own.size(); ++i) answer.set("loss." + own[i].name, learning->loss->values[i], Rows::whole);
    const auto seen = [&](const Batch& mine) { return compares_samples(turn.loss) ? rows_of_all_ranks(mine) : mine; };
    return {turn.loss.forward(seen(answer), seen(truth)), {}, compared, truth};
  }

  nlohmann::json predict(Network& network, const Batch& batch) const override {
    return feature_records(embed(network, batch));
  }

 private:
  std::vector<OwnWeight> weights(int64_t places) const {
    return loss_->weights(places, static_cast<int64_t>(info().classes().size()));
  }
  at::Tensor embed(Network& network, const Batch& batch) const {
    const at::Tensor places = network.forward(batch)["output"];
    return normalize ? directions(places) : places;
  }

  const Loss* loss_ = nullptr;  // the recipe's
};

const Registered<Task, MetricLearning> metric_learning_entry{"metric_learning",
                                                             "Places in which samples of one class are near."};

}  // namespace
}  // namespace dlrun
