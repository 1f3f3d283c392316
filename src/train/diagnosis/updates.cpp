// Weights that do not move, run away, or move too slowly: the size of an update by that of its weight, which is about
// 1e-3 when all is well (Karpathy, CS231n).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "train/diagnosis/diagnosis.h"

namespace dlrun {
namespace {

double ratio(const WeightView& weight) { return weight.weight > 0 ? weight.update / weight.weight : 0.0; }

double median_ratio(const Observation& seen, size_t player) {
  std::vector<double> ratios;
  for (const WeightView& weight : seen.weights)
    if (weight.player == player && weight.weight > 0) ratios.push_back(ratio(weight));
  if (ratios.empty()) return 0.0;
  std::nth_element(ratios.begin(), ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2), ratios.end());
  return ratios[ratios.size() / 2];
}

struct WeightsDoNotMove final : Diagnosis {
  Trouble trouble() const override { return Trouble::weights_do_not_move; }

  std::optional<Finding> look(const Observation& seen) override {
    Finding finding;
    double least = 0.0, usual = 0.0;
    bool silent = false;
    for (const WeightView& weight : seen.weights) {
      const double median = median_ratio(seen, weight.player);
      const bool still = weight.weight > 0 && ratio(weight) < 1e-4 * median && median > 1e-7;
      if (!streaks_.reach(weight.name, still || (weight.gradient == 0 && median > 1e-7), 3)) continue;
      finding.layers.push_back(weight.name);
      least = ratio(weight);
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
      const bool wild = !seen.first && ratio(weight) > 0.1 && grown > 3;
      if (!streaks_.reach(weight.name, wild, 3)) continue;
      finding.layers.push_back(weight.name);
      most = ratio(weight);
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

struct LearningRateTooLow final : Diagnosis {
  Trouble trouble() const override { return Trouble::learning_rate_too_low; }

  std::optional<Finding> look(const Observation& seen) override {
    if (seen.players > 1) return {};
    if (seen.first) first_loss_ = seen.loss;
    const double median = median_ratio(seen, 0);
    const bool slow = !seen.first && median < 1e-5 && seen.learning_rate >= 0.5 * seen.full_rate &&
                      seen.window_loss > 0.9 * first_loss_;
    if (!streaks_.reach("", slow, 3)) return {};
    Finding finding;
    finding.seen =
        fmt::format("A step changes the weights by {:.1e} of their size; the loss went from {:.4g} to {:.4g}.", median,
                    first_loss_, seen.window_loss);
    finding.meaning = "The learning rate is too low: about 1e-3 is usual for the change of a step.";
    finding.advice = fmt::format("Raise optimizer.lr, now {:.3g}, by a factor of 10 and look again.", seen.full_rate);
    finding.numbers["ratio"] = median;
    return finding;
  }

  nlohmann::json save() const override { return {{"streaks", streaks_.save()}, {"first_loss", first_loss_}}; }
  void load(const nlohmann::json& saved) override {
    streaks_.load(saved.at("streaks"));
    first_loss_ = saved.at("first_loss").get<double>();
  }

 private:
  double first_loss_ = 0.0;
};

struct LearningRateTooHigh final : Diagnosis {
  Trouble trouble() const override { return Trouble::learning_rate_too_high; }

  std::optional<Finding> look(const Observation& seen) override {
    if (seen.players > 1) return {};
    if (seen.first) {
      first_loss_ = least_ = seen.loss;
      return {};
    }
    const bool risen = seen.window_loss > 1.5 * least_ && seen.window_loss > 0.5 * first_loss_ && first_loss_ > 0;
    const bool worse = seen.window_loss > 1.2 * first_loss_ && first_loss_ > 0;
    const double least = least_;
    least_ = std::min(least_, seen.window_loss);
    if (!streaks_.reach("", risen || worse, 2)) return {};
    Finding finding;
    finding.seen = fmt::format(
        "The training loss is {:.4g} since the last look; it was {:.4g} at the first step and as "
        "low as {:.4g}.",
        seen.window_loss, first_loss_, least);
    finding.meaning = "It rises instead of falling: the learning rate is too high for these weights.";
    finding.advice = fmt::format(
        "Lower optimizer.lr, now {:.3g}, by a factor of 3 to 10, or add "
        "lr_scheduler.warmup_steps.",
        seen.full_rate);
    finding.numbers["loss"] = seen.window_loss;
    finding.numbers["first_loss"] = first_loss_;
    return finding;
  }

  nlohmann::json save() const override {
    return {{"streaks", streaks_.save()}, {"first_loss", first_loss_}, {"least", least_}};
  }
  void load(const nlohmann::json& saved) override {
    streaks_.load(saved.at("streaks"));
    first_loss_ = saved.at("first_loss").get<double>();
    least_ = saved.at("least").get<double>();
  }

 private:
  double first_loss_ = 0.0, least_ = 0.0;
};

}  // namespace

void add_update_diagnoses(Diagnoses& list) {
  list.push_back(std::make_unique<WeightsDoNotMove>());
  list.push_back(std::make_unique<WeightsRunAway>());
  list.push_back(std::make_unique<LearningRateTooLow>());
  list.push_back(std::make_unique<LearningRateTooHigh>());
}

}  // namespace dlrun
