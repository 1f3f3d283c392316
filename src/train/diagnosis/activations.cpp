// Units that no longer work: dead ReLUs, saturated sigmoids and tanhs. (Glorot & Bengio 2010; Maas et al. 2013)

#include <fmt/format.h>

#include <algorithm>

#include "train/diagnosis/diagnosis.h"

namespace dlrun {
namespace {

constexpr int64_t looks = 3;        // observations in a row in which a dead unit is silent
constexpr double dead_share = 0.5;  // of a layer's units
constexpr double saturated_share = 0.9;

struct DeadRelus final : Diagnosis {
  Trouble trouble() const override { return Trouble::dead_relus; }

  std::optional<Finding> look(const Observation& seen) override {
    Finding finding;
    int64_t most_dead = 0, its_units = 1;
    for (const ActivationView& layer : seen.activations) {
      if (!layer.rectifier) continue;
      std::vector<int64_t>& silent = silent_[layer.name];
      silent.resize(layer.silent.size());
      for (size_t unit = 0; unit < silent.size(); ++unit)
        silent[unit] = layer.silent[unit] ? std::min(looks, silent[unit] + 1) : 0;
      const int64_t dead = std::count(silent.begin(), silent.end(), looks);
      const int64_t units = static_cast<int64_t>(silent.size());
      if (!streaks_.reach(layer.name, static_cast<double>(dead) >= dead_share * static_cast<double>(units), 1))
        continue;
      finding.layers.push_back(layer.name);
      if (dead * its_units > most_dead * units) {
        most_dead = dead;
        its_units = units;
      }
    }
    if (finding.layers.empty()) return {};
    finding.seen = fmt::format("In {} {} of {} units gave 0 for every sample, {} times in a row.",
                               finding.layers.front(), most_dead, its_units, looks);
    finding.meaning =
        "Units that never fire get no gradient and never come back; the network is smaller than it looks.";
    finding.advice =
        "Try a lower optimizer.lr, lr_scheduler.warmup_steps, architecture.activation: leaky_relu, or a norm before "
        "the "
        "activation.";
    finding.numbers["dead"] = most_dead;
    finding.numbers["units"] = its_units;
    return finding;
  }

  nlohmann::json save() const override { return {{"streaks", streaks_.save()}, {"silent", silent_}}; }
  void load(const nlohmann::json& saved) override {
    streaks_.load(saved.at("streaks"));
    saved.at("silent").get_to(silent_);
  }

 private:
  std::map<std::string, std::vector<int64_t>> silent_;  // by layer and unit: observations in a row
};

struct SaturatedActivations final : Diagnosis {
  Trouble trouble() const override { return Trouble::saturated_activations; }

  std::optional<Finding> look(const Observation& seen) override {
    Finding finding;
    double most = 0.0;
    for (const ActivationView& layer : seen.activations) {
      if (layer.rectifier || !streaks_.reach(layer.name, layer.saturated >= saturated_share, 2)) continue;
      finding.layers.push_back(layer.name);
      most = std::max(most, layer.saturated);
    }
    if (finding.layers.empty()) return {};
    finding.seen = fmt::format("{:.0f} % of what {} gives lies at its bounds.", 100 * most, finding.layers.front());
    finding.meaning = "There the slope is almost zero: the layers before it get no gradient.";
    finding.advice =
        "Try a norm before the activation, a lower optimizer.lr, the augmentation normalize or a scaled input, or "
        "architecture.activation: relu.";
    finding.numbers["share"] = most;
    return finding;
  }
};

}  // namespace

void add_activation_diagnoses(Diagnoses& list) {
  list.push_back(std::make_unique<DeadRelus>());
  list.push_back(std::make_unique<SaturatedActivations>());
}

}  // namespace dlrun
