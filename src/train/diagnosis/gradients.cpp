// Gradients that vanish or explode. (Hochreiter 1991; Glorot & Bengio 2010; Pascanu et al. 2013)

#include <fmt/format.h>

#include <algorithm>

#include "train/diagnosis/diagnosis.h"

namespace dlrun {
namespace {

constexpr double vanished = 1e-5;  // of the largest gradient of a later layer
constexpr double exploded = 100;   // times the norm of the first observations
constexpr size_t first_norms = 3;

struct VanishingGradients final : Diagnosis {
  Trouble trouble() const override { return Trouble::vanishing_gradients; }

  std::optional<Finding> look(const Observation& seen) override {
    Finding finding;
    double least = 0.0;
    std::string largest_layer;
    for (size_t player = 0; player < seen.players; ++player) {
      double largest = 0.0;
      // From the output back, so that `largest` is that of the layers behind.
      for (auto weight = seen.weights.rbegin(); weight != seen.weights.rend(); ++weight) {
        if (weight->player != player) continue;
        const bool small = weight->gradient > 0 && weight->gradient < vanished * largest;
        if (streaks_.reach(weight->name, small, 2)) {
          finding.layers.insert(finding.layers.begin(), weight->name);
          least = weight->gradient / largest;
        }
        if (weight->gradient > largest) {
          largest = weight->gradient;
          largest_layer = weight->name;
        }
      }
    }
    if (finding.layers.empty()) return {};
    finding.seen =
        fmt::format("The gradient of {} is {:.1e} times that of {}.", finding.layers.front(), least, largest_layer);
    finding.meaning = "The early layers hardly learn: what comes back from the loss is lost on the way.";
    finding.advice =
        "Try architecture.activation: relu or gelu instead of sigmoid or tanh, a norm (architecture.norm), fewer "
        "layers, or architecture.init: kaiming_normal.";
    finding.numbers["ratio"] = least;
    return finding;
  }
};

struct ExplodingGradients final : Diagnosis {
  Trouble trouble() const override { return Trouble::exploding_gradients; }

  std::optional<Finding> look(const Observation& seen) override {
    first_.resize(seen.gradient_norms.size());
    for (size_t player = 0; player < first_.size(); ++player) {
      std::vector<double>& first = first_[player];
      const double norm = seen.gradient_norms[player];
      if (first.size() < first_norms) {
        first.push_back(norm);
        continue;
      }
      std::vector<double> sorted = first;
      std::sort(sorted.begin(), sorted.end());
      const double usual = sorted[sorted.size() / 2];
      if (!streaks_.reach(std::to_string(player), norm > exploded * usual, 1)) continue;
      const WeightView* worst = nullptr;
      for (const WeightView& weight : seen.weights)
        if (weight.player == player && (!worst || weight.gradient > worst->gradient)) worst = &weight;
      Finding finding;
      if (worst) finding.layers = {worst->name};
      finding.seen = fmt::format("The norm of the gradient is {:.3g}; at the start it was {:.3g}.{}", norm, usual,
                                 worst ? " It is largest in " + worst->name + "." : "");
      finding.meaning = "Steps like this one throw the weights far away from where they were; NaN is often next.";
      finding.advice =
          "Try regularization.gradient_clipping: {type: norm, value: 1.0}, a lower optimizer.lr, or longer "
          "lr_scheduler.warmup_steps.";
      finding.numbers["norm"] = norm;
      finding.numbers["at_start"] = usual;
      return finding;
    }
    return {};
  }

  nlohmann::json save() const override { return {{"streaks", streaks_.save()}, {"first", first_}}; }
  void load(const nlohmann::json& saved) override {
    streaks_.load(saved.at("streaks"));
    saved.at("first").get_to(first_);
  }

 private:
  std::vector<std::vector<double>> first_;  // by player
};

}  // namespace

void add_gradient_diagnoses(Diagnoses& list) {
  list.push_back(std::make_unique<VanishingGradients>());
  list.push_back(std::make_unique<ExplodingGradients>());
}

}  // namespace dlrun
