// Classification: one class of several for each sample.

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "base/error.h"
#include "spec/catalog.h"
#include "tasks/judges_answers.h"
#include "tasks/mixed_loss.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

struct Classification final : Task, TakesMixedSamples, JudgesAnswers {
  std::vector<Field> fields() override { return {}; }

  bool classification() const override { return true; }
  bool averages() const override { return true; }
  std::string default_loss() const override { return "cross_entropy"; }
  std::vector<std::string> default_metrics() const override { return {"accuracy"}; }
  std::string default_monitor() const override { return "val/accuracy"; }

  Shapes shapes(const Loss& loss) const override {
    const int64_t classes = static_cast<int64_t>(info().classes().size());
    if (classes < 2)
      throw UserError(ExitCode::bad_recipe, "task: classification needs data with at least two classes, these have " +
                                                std::to_string(classes));
    if (!info().target()->sizes.empty())
      throw UserError(ExitCode::bad_recipe,
                      "task: classification needs one class for each sample, and these data have several; segmentation "
                      "is for pixels, sequence_tagging for tokens");
    return shapes_of(loss.outputs(classes));
  }
  bool weighs_samples() const override { return true; }

  Outcome turn(const Turn& turn) const override {
    return judge(answering(turn.all).forward(turn.batch), turn.batch, turn.loss);
  }

  // Metrics of mixed samples are about the class of the largest share.
  Outcome judge(const Batch& answer, const Batch& batch, const Loss& loss) const override {
    const at::Tensor& scores = answer["output"];
    const int64_t classes = static_cast<int64_t>(info().classes().size()), wanted = loss.outputs(classes);
    if (scores.dim() != 2 || scores.size(1) != wanted)
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("architecture: it gives [{}] for {} samples, and {} classes need {} numbers for each",
                                  fmt::join(scores.sizes(), ", "), batch.count, classes, wanted));
    return {mixed_loss(loss, answer, batch), {}, answer_of(scores.detach()), truth_of(batch["target"])};
  }

  nlohmann::json predict(Network& network, const Batch& batch) const override {
    return tell(network.forward(batch)["output"]);
  }
  nlohmann::json tell(const at::Tensor& output) const override {
    const at::Tensor chances = probabilities(output.to(at::kFloat).cpu(), this->chances());
    const at::Tensor best = chances.argmax(1);
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < best.size(0); ++i) {
      const int64_t index = best[i].item<int64_t>();
      nlohmann::json record = {{"class", info().classes()[index]}, {"index", index}};
      record["probability"] = chances[i][index].item<float>();
      for (int64_t k = 0; k < chances.size(1); ++k)
        record["probabilities"][info().classes()[k]] = chances[i][k].item<float>();
      records.push_back(record);
    }
    return records;
  }
};

const Registered<Task, Classification> classification_entry{"classification", "One class of several for each sample."};

}  // namespace
}  // namespace dlrun
