// SimCLR: features by which two views of a sample find each other among those of all others, without any target.
// (Chen et al. 2020)

#include <ATen/ATen.h>

#include "base/error.h"
#include "data/views.h"
#include "nn/activation.h"
#include "nn/linear.h"
#include "nn/sequential.h"
#include "spec/catalog.h"
#include "tasks/features.h"
#include "tasks/task.h"
#include "tensor/ranks.h"

namespace dlrun {
namespace {

// "encoder" answers; "projection" is for the loss alone.
struct Projected final : Module {
  Projected(std::shared_ptr<Network> network, int64_t width, const std::vector<int64_t>& widths)
      : encoder(child("encoder", std::move(network))) {
    for (size_t i = 0; i < widths.size(); ++i) {
      if (i > 0) projection->add<Activation>("relu");
      projection->add<Linear>(width, widths[i]);
      width = widths[i];
    }
  }
  std::shared_ptr<Network> encoder;
  std::shared_ptr<Sequential> projection = make<Sequential>("projection");
};

struct Simclr final : Task, AnswersWithFeatures {
  std::vector<int64_t> projection = {128, 64};

  std::vector<Field> fields() override {
    return {field("projection", projection,
                  "Units of the layers between the features and the loss, relu between them; they are no part of what "
                  "is exported.",
                  not_empty(), at_least(1))};
  }

  std::string default_loss() const override { return "nt_xent"; }

  // Without a head: the answer is what that would take.
  Shapes shapes(const Loss&) const override { return shapes_of(0); }

  std::shared_ptr<Module> assemble(const NetworkMaker& make) const override {
    std::shared_ptr<Network> network = make();
    const int64_t width = width_of_features(*network, "simclr");
    return std::make_shared<Projected>(std::move(network), width, projection);
  }

  Network& answering(Module& all) const override {
    auto* projected = dynamic_cast<Projected*>(&all);
    return projected ? *projected->encoder : static_cast<Network&>(all);
  }

  // "input" and "second.input": two views of the same samples. Held-out batches have "first.input" beside "input".
  Outcome turn(const Turn& turn) const override {
    auto* projected = dynamic_cast<Projected*>(&turn.all);
    if (!projected)
      throw UserError(ExitCode::bad_recipe,
                      "task: the loss of simclr needs the projection, which an exported encoder has no more; evaluate "
                      "the run folder");
    if (!turn.batch.has(second_view + std::string("input")))
      throw UserError(ExitCode::bad_recipe,
                      "augmentation: simclr compares two views of every sample; end the list with {type: views, first: "
                      "[...]}");
    const auto seen = [&](const Batch& view) {
      return projected->projection->forward(projected->encoder->forward(view)["output"]);
    };
    const bool held_out = turn.batch.has(first_view + std::string("input"));
    Batch answer = answer_of(seen(held_out ? turn.batch.named(first_view) : turn.batch));
    answer.set(second_view + std::string("output"), seen(turn.batch.named(second_view)));
    return {turn.loss.forward(rows_of_all_ranks(answer), Batch())};
  }

  nlohmann::json predict(Network& network, const Batch& batch) const override {
    return feature_records(network.forward(batch)["output"]);
  }
};

const Registered<Task, Simclr> simclr_entry{"simclr", "Features by which two views of a sample find each other."};

}  // namespace
}  // namespace dlrun
