// Multi-label classification: for each sample any number of labels, each there or not.

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "base/error.h"
#include "spec/catalog.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw UserError(ExitCode::bad_recipe, "task: multi_label " + message);
}

struct MultiLabel final : Task {
  double threshold = 0.5;

  std::vector<Field> fields() override {
    return {field("threshold", threshold, "Probability from which on a label is there.", between(0, 1))};
  }

  std::string default_loss() const override { return "bce"; }

  Shapes shapes(const Loss& loss) const override {
    const FieldInfo* target = info().target();
    if (!target || target->means != FieldInfo::Means::numbers || target->sizes.size() != 1)
      refuse("needs a column of 0 and 1 for each label (data.targets), and these data have none");
    if (!info().target_scale.empty()) refuse("needs labels as they are: leave out data.target_scaling");
    if (loss.chances() != Chances::sigmoid) refuse("needs a loss that judges each label by itself, such as bce");
    return shapes_of(target->numel());
  }

  // output [N, labels] logits, target [N, labels] float in 0 to 1. Metrics compare probabilities, or "labels" bool,
  // which are there from `threshold` on. Recorded beside them: the share of labels that are right, and of samples all
  // of whose labels are.
  Outcome turn(const Turn& turn) const override {
    const Batch answer = answering(turn.all).forward(turn.batch);
    const at::Tensor& target = turn.batch["target"];
    if (answer["output"].sizes() != target.sizes())
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("architecture: it gives [{}] for targets [{}]",
                                  fmt::join(answer["output"].sizes(), ", "), fmt::join(target.sizes(), ", ")));
    const at::Tensor chances = at::sigmoid(answer["output"].detach());
    const at::Tensor labels = chances.ge(threshold), right = labels.eq(target.ge(0.5));
    Batch told = answer_of(chances);
    told.set("labels", labels);
    return {turn.loss.forward(answer, turn.batch),
            {{"label_accuracy", right.to(at::kFloat).mean()}, {"exact_match", right.all(1).to(at::kFloat).mean()}},
            std::move(told),
            truth_of(target)};
  }

  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor chances = at::sigmoid(network.forward(batch)["output"].to(at::kFloat)).cpu().contiguous();
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < chances.size(0); ++i) {
      nlohmann::json record = {{"labels", nlohmann::json::array()}, {"probabilities", nlohmann::json::object()}};
      for (int64_t k = 0; k < chances.size(1); ++k) {
        const float chance = chances[i][k].item<float>();
        const std::string& name = info().targets.at(static_cast<size_t>(k));
        if (chance >= threshold) record["labels"].push_back(name);
        record["probabilities"][name] = chance;
      }
      records.push_back(std::move(record));
    }
    return records;
  }
};

const Registered<Task, MultiLabel> multi_label_entry{"multi_label",
                                                     "For each sample any number of labels, each there or not."};

}  // namespace
}  // namespace dlrun
