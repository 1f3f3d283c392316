// What targets and answers tell: underfitting, collapse to one class, classes that hardly occur.

#include <fmt/format.h>

#include <algorithm>

#include "train/diagnosis/diagnosis.h"

namespace dlrun {
namespace {

std::map<int64_t, int64_t> counts_of(const std::vector<int64_t>& classes) {
  std::map<int64_t, int64_t> counts;
  for (const int64_t one : classes) ++counts[one];
  return counts;
}

// The class that occurs most, and its share.
std::pair<int64_t, double> most(const std::vector<int64_t>& classes) {
  const auto counts = counts_of(classes);
  const auto largest =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return {largest->first, static_cast<double>(largest->second) / static_cast<double>(classes.size())};
}

struct ClassCollapse final : Diagnosis {
  Trouble trouble() const override { return Trouble::class_collapse; }

  std::optional<Finding> look(const Observation& seen) override {
    if (seen.first || seen.predicted.size() < 16) return {};
    const auto [answer, share] = most(seen.predicted);
    const double true_share = most(seen.actual).second;
    if (!streaks_.reach("", share >= 0.99 && true_share <= 0.9, 3)) return {};
    Finding finding;
    finding.seen = fmt::format(
        "Three times in a row {:.0f} % of the batch were put into class {}; the largest true class "
        "holds {:.0f} %.",
        100 * share, answer, 100 * true_share);
    finding.meaning = "The network gives one answer whatever it sees: it has died, or does not learn at all.";
    finding.advice =
        "Look for dead_relus, vanishing_gradients or learning_rate_too_high above; try a lower optimizer.lr, and check "
        "that the inputs are scaled (augmentation: [normalize]).";
    finding.numbers["class"] = answer;
    finding.numbers["share"] = share;
    return finding;
  }
};

constexpr double hardly = 0.1;  // of what each class would have if all were equally frequent

struct ClassImbalance final : Diagnosis {
  Trouble trouble() const override { return Trouble::class_imbalance; }

  std::optional<Finding> counted(const std::vector<int64_t>& counts, const std::vector<std::string>& names) override {
    int64_t total = 0;
    for (const int64_t count : counts) total += count;
    const auto least = std::min_element(counts.begin(), counts.end()),
               largest = std::max_element(counts.begin(), counts.end());
    const double fair = static_cast<double>(total) / static_cast<double>(counts.size());
    // With fewer than ten samples of a class on average, chance alone leaves some out.
    if (fair < 10 || !streaks_.reach("", static_cast<double>(*least) < hardly * fair, 1)) return {};
    const auto name_of = [&](auto place) { return names[static_cast<size_t>(place - counts.begin())]; };
    Finding finding;
    finding.seen = fmt::format("Of {} training samples {} are of class {} and {} of class {}.", total, *largest,
                               name_of(largest), *least, name_of(least));
    finding.meaning = "Accuracy hides how badly rare classes are recognised, and the loss hardly asks for them.";
    finding.advice =
        "Look at each class by itself (dlrun predict), collect or repeat samples of the rare ones, and split with "
        "data.val.stratify: true.";
    finding.numbers["largest"] = *largest;
    finding.numbers["least"] = *least;
    return finding;
  }
};

struct Underfitting final : Diagnosis {
  Trouble trouble() const override { return Trouble::underfitting; }

  std::optional<Finding> look(const Observation& seen) override {
    if (seen.first) return {};  // Nothing is learned yet.
    double gain = 0.0;
    if (seen.explained) {
      gain = *seen.explained;
    } else if (seen.predicted.size() >= 16) {
      int64_t right = 0;
      for (size_t i = 0; i < seen.predicted.size(); ++i) right += seen.predicted[i] == seen.actual[i];
      const double accuracy = static_cast<double>(right) / static_cast<double>(seen.predicted.size());
      const double trivial = most(seen.actual).second;
      if (trivial >= 1.0) return {};
      gain = (accuracy - trivial) / (1.0 - trivial);
    } else {
      return {};
    }
    gains_.push_back(gain);
    if (gains_.size() > 3) gains_.erase(gains_.begin());
    return {};
  }

  std::optional<Finding> ended(int64_t steps) override {
    if (gains_.size() < 3 || steps < 100) return {};
    const double mean = (gains_[0] + gains_[1] + gains_[2]) / 3;
    if (!streaks_.reach("", mean < 0.1 && gains_.back() < 0.1, 1)) return {};
    Finding finding;
    finding.seen = fmt::format(
        "At the end the network explains {:.0f} % of what a constant answer leaves open, on the "
        "training data themselves.",
        100 * std::max(0.0, mean));
    finding.meaning =
        "It has learned next to nothing: too small, too strongly regularised, trained too briefly, or the "
        "inputs do not tell the target.";
    finding.advice =
        "If a learning rate was told to be wrong, mend that first. Else try more trainer.epochs, a larger "
        "architecture, "
        "less regularization and dropout, and look at the data.";
    finding.numbers["explained"] = mean;
    return finding;
  }

  nlohmann::json save() const override { return {{"streaks", streaks_.save()}, {"gains", gains_}}; }
  void load(const nlohmann::json& saved) override {
    streaks_.load(saved.at("streaks"));
    saved.at("gains").get_to(gains_);
  }

 private:
  std::vector<double> gains_;  // of the last three observations
};

}  // namespace

void add_class_diagnoses(Diagnoses& list) {
  list.push_back(std::make_unique<ClassCollapse>());
  list.push_back(std::make_unique<ClassImbalance>());
  list.push_back(std::make_unique<Underfitting>());
}

}  // namespace dlrun
