// Prototypical network: a query is of the class whose samples are nearest in the mean. (Snell et al. 2017)

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "spec/catalog.h"
#include "tasks/features.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

struct Prototypical final : Task, AnswersWithFeatures {
  int64_t ways = 5, shots = 1;
  std::optional<int64_t> width;

  std::vector<Field> fields() override {
    return {
        field("ways", ways, "Classes in an episode, as the sampler makes them.", at_least(2)),
        field("shots", shots, "Samples of each class whose mean is its prototype, likewise.", at_least(1)),
        field("width", width,
              "Numbers that the network's last layer gives for a sample; null: no such layer, its features compare.",
              at_least(1))};
  }

  bool classification() const override { return true; }
  std::string default_loss() const override { return "cross_entropy"; }
  std::vector<std::string> default_metrics() const override { return {"accuracy"}; }
  std::string default_monitor() const override { return "val/accuracy"; }

  Shapes shapes(const Loss&) const override { return shapes_of(width.value_or(0)); }

  std::shared_ptr<Module> assemble(const NetworkMaker& make) const override {
    std::shared_ptr<Network> network = make();
    if (!width) width_of_features(*network, "prototypical");
    return network;
  }

  // A batch is an episode: class after class, of each the shots and then as many queries as are left. Scores of a query
  // are its squared distances to the prototypes, negative; its target is the place of its class in the episode.
  Outcome turn(const Turn& turn) const override {
    const at::Tensor embedded = answering(turn.all).forward(turn.batch)["output"];
    if (embedded.dim() != 2 || embedded.size(0) % ways != 0 || embedded.size(0) / ways <= shots)
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("trainer.batch_size: the task prototypical learns from episodes of {} classes with "
                                  "{} shots and some queries each, and the network gave [{}] for a batch",
                                  ways, shots, fmt::join(embedded.sizes(), ", ")));
    const int64_t queries = embedded.size(0) / ways - shots;
    const at::Tensor classes = embedded.reshape({ways, shots + queries, embedded.size(1)});
    const at::Tensor prototypes = classes.narrow(1, 0, shots).mean(1);             // [ways, width]
    const at::Tensor asked = classes.narrow(1, shots, queries).flatten(0, 1);      // [ways * queries, width]
    const at::Tensor scores = -(asked.unsqueeze(1) - prototypes).square().sum(2);  // [ways * queries, ways]
    const at::Tensor places = at::arange(ways, at::TensorOptions(at::kLong).device(scores.device()));
    const Batch truth = truth_of(places.unsqueeze(1).expand({ways, queries}).reshape({-1}));
    return {turn.loss.forward(answer_of(scores), truth), {}, answer_of(scores.detach()), truth};
  }

  nlohmann::json predict(Network& network, const Batch& batch) const override {
    return feature_records(network.forward(batch)["output"]);
  }
};

const Registered<Task, Prototypical> prototypical_entry{"prototypical",
                                                        "A query is of the class whose samples are nearest."};

}  // namespace
}  // namespace dlrun
