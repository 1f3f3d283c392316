// Weights that do not move or run away: the size of an update by that of its weight, which is about 1e-3 when all is
// well (Karpathy, CS231n).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "train/diagnosis/diagnosis.h"

namespace dlrun {
namespace {

struct WeightsDoNotMove final : Diagnosis {
  Trouble trouble() const override { return Trouble::weights_do_not_move; }

  std::optional<Finding> look(const Observation& seen) override {
    Finding finding;
    double least = 0.0, usual = 0.0;
    bool silent = false;
    for (const WeightView& weight : seen.weights) {
      const double median = median_update_ratio(seen, weight.player);
      const bool still = weight.weight > 0 && update_ratio(weight) < 1e-4 * median && median > 1e-7;
      if (!streaks_.reach(weight.name, still || (weight.gradient == 0 && median > 1e-7), 3)) continue;
      finding.layers.push_back(weight.name);
      least = update_ratio(weight);
      usual = median;
      silent = weight.gradient == 0;
    }
    if (finding.layers.empty()) return {};
    finding.seen = fmt::format("A step changes {} by {:.1e} of its size, other layers by {:.1e}.",
                               finding.layers.front(), least, usual);
    if (silent)
      finding.seen = fmt::format("The gradient of {} was exactly 0 three times in a row.", finding.layers.front());
    finding.meaning = "This layer does not learn: nothing comes back to it, or its output is not used.";
    finding.advice =
        "Look for dead_relus or vanishing_gradients above; otherwise raise optimizer.groups' lr_scale for it, or leave "
        "the layer out.";
    finding.numbers["ratio"] = least;
    finding.numbers["median_ratio"] = usual;
    return finding;
  }
};

struct WeightsRunAway final : Diagnosis {
  Trouble trouble() const override { return Trouble::weights_run_away; }

  std::optional<Finding> look(const Observation& seen) override {
    Finding finding;
    double most = 0.0, growth = 0.0;
    for (const WeightView& weight : seen.weights) {
      if (!first_.count(weight.name) && weight.weight > 0) first_[weight.name] = weight.weight;
      const double grown = first_.count(weight.name) ? weight.weight / first_[weight.name] : 1.0;
      const bool wild = !seen.first && update_ratio(weight) > 0.1 && grown > 3;
      if (!streaks_.reach(weight.name, wild, 3)) continue;
      finding.layers.push_back(weight.name);
      most = update_ratio(weight);
      growth = grown;
    }
    if (finding.layers.empty()) return {};
    finding.seen = fmt::format(
        "A single step changes {} by {:.0f} % of its size, and it is {:.1f} times as large as at "
        "the start.",
        finding.layers.front(), 100 * most, growth);
    finding.meaning = "The weights run away instead of settling.";
    finding.advice = "Try a lower optimizer.lr, optimizer.weight_decay, or regularization.gradient_clipping.";
    finding.numbers["ratio"] = most;
    finding.numbers["growth"] = growth;
    return finding;
  }

  nlohmann::json save() const override { return {{"streaks", streaks_.save()}, {"first", first_}}; }
  void load(const nlohmann::json& saved) override {
    streaks_.load(saved.at("streaks"));
    saved.at("first").get_to(first_);
  }

 private:
  std::map<std::string, double> first_;  // size of each weight when first seen
};

}  // namespace

void add_update_diagnoses(Diagnoses& list) {
  list.push_back(std::make_unique<WeightsDoNotMove>());
  list.push_back(std::make_unique<WeightsRunAway>());
}

}  // namespace dlrun
