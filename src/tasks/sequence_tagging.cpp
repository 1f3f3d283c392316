// Sequence tagging: one class for each token (named entities, parts of speech).

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "spec/catalog.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

struct SequenceTagging final : Task {
  std::vector<Field> fields() override { return {}; }

  bool classification() const override { return true; }
  bool averages() const override { return true; }
  std::string default_loss() const override { return "cross_entropy"; }
  std::vector<std::string> default_metrics() const override { return {"accuracy"}; }

  Shapes shapes(const Loss& loss) const override {
    const FieldInfo* target = info().target();
    if (!target || target->means != FieldInfo::Means::classes || target->sizes.size() != 1)
      throw UserError(ExitCode::bad_recipe,
                      "task: sequence_tagging needs a class for each token; data of the type conll have them");
    return shapes_of(loss.outputs(target->kinds()), Shapes::Per::position);
  }
  bool weighs_samples() const override { return true; }

  // input [B, T] int64, target [B, T] int64 with -100 behind the end, output [B, T, classes].
  Outcome turn(const Turn& turn) const override {
    const Batch answer = answering(turn.all).forward(turn.batch);
    const at::Tensor &scores = answer["output"], &target = turn.batch["target"];
    if (scores.dim() != 3 || scores.numel() != target.numel() * scores.size(2))
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("architecture: it gives [{}] for targets [{}], and every token "
                                  "needs an answer",
                                  fmt::join(scores.sizes(), ", "), fmt::join(target.sizes(), ", ")));
    return {turn.loss.forward(answer, turn.batch), {}, answer_of(scores.detach()), truth_of(target)};
  }

  // The tags of a sample's tokens, and how sure the network is of each.
  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor chances = probabilities(network.forward(batch)["output"].to(at::kFloat), this->chances()).cpu();
    const auto [best, tags] = chances.max(2);
    const std::vector<std::string>&names = info().classes(), &words = info().vocabulary();
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < tags.size(0); ++i) {
      const int64_t length = batch.has("input.lengths") ? batch["input.lengths"][i].item<int64_t>() : tags.size(1);
      nlohmann::json record = {{"tokens", nlohmann::json::array()}, {"tags", nlohmann::json::array()}};
      for (int64_t t = 0; t < length; ++t) {
        record["tokens"].push_back(words.at(static_cast<size_t>(batch["input"][i][t].item<int64_t>())));
        record["tags"].push_back(names.at(static_cast<size_t>(tags[i][t].item<int64_t>())));
        record["probabilities"].push_back(best[i][t].item<float>());
      }
      records.push_back(std::move(record));
    }
    return records;
  }
};

const Registered<Task, SequenceTagging> sequence_tagging_entry{"sequence_tagging", "One class for each token."};

}  // namespace
}  // namespace dlrun
