// What the curves of training and validation loss tell: plateau and overfitting. (Prechelt 1998, "Early stopping - but
// when?", for the generalisation loss)

#include <fmt/format.h>

#include <algorithm>

#include "train/diagnosis/diagnosis.h"

namespace dlrun {
namespace {

constexpr double lost = 1.25;       // validation loss by its lowest: a generalisation loss of 25 %
constexpr int64_t validations = 3;  // since the lowest
constexpr double learned = 0.8;     // training loss by what it was at the lowest validation loss

struct Overfitting final : Diagnosis {
  Trouble trouble() const override { return Trouble::overfitting; }

  std::optional<Finding> validated(const std::vector<CurvePoint>& curve) override {
    const CurvePoint* best = nullptr;
    const CurvePoint& last = curve.back();
    if (!last.val_loss || !last.train_loss) return {};
    int64_t since = 0;
    for (const CurvePoint& point : curve) {
      ++since;
      if (!point.val_loss || !point.train_loss || (best && *point.val_loss >= *best->val_loss)) continue;
      best = &point;
      since = 0;
    }
    const bool worse = since >= validations && *best->val_loss > 0 && *last.val_loss > lost * *best->val_loss;
    if (!streaks_.reach("", worse && *last.train_loss < learned * *best->train_loss, 1)) return {};
    Finding finding;
    finding.seen = fmt::format(
        "The validation loss has risen from {:.4g} (step {}) to {:.4g}, while the training loss "
        "fell from {:.4g} to {:.4g}.",
        *best->val_loss, best->step, *last.val_loss, *best->train_loss, *last.train_loss);
    finding.meaning = "The network learns its samples by heart: what it learns now does not hold for others.";
    finding.advice =
        "Try regularization.dropout, optimizer.weight_decay, augmentation, more data or a smaller network; "
        "regularization.early_stopping ends such a training, and the best checkpoint is kept anyway.";
    finding.numbers["best_step"] = best->step;
    finding.numbers["best_val_loss"] = *best->val_loss;
    finding.numbers["val_loss"] = *last.val_loss;
    return finding;
  }
};

constexpr size_t flat_validations = 10;  // at least, and a fifth of all
constexpr int64_t flat_steps = 100;      // at least: one epoch of a graph is a single, noisy step
constexpr double flat = 0.01;            // of the loss: less is no progress
constexpr double not_solved = 0.05;      // of the first training loss: below it there is little left to gain

// Mean training loss of the validations [begin, end); none when one of them recorded none.
std::optional<double> mean_loss(const std::vector<CurvePoint>& curve, size_t begin, size_t end) {
  double sum = 0.0;
  for (size_t i = begin; i < end; ++i) {
    if (!curve[i].train_loss) return {};
    sum += *curve[i].train_loss;
  }
  return sum / static_cast<double>(end - begin);
}

struct Plateau final : Diagnosis {
  Trouble trouble() const override { return Trouble::plateau; }

  std::optional<Finding> validated(const std::vector<CurvePoint>& curve) override {
    size_t window = std::max(flat_validations, curve.size() / 5);
    while (2 * window < curve.size() && curve.back().step - curve[curve.size() - 1 - window].step < flat_steps)
      ++window;
    if (2 * window > curve.size()) return {};
    const size_t start = curve.size() - window;
    if (curve.back().step - curve[start - 1].step < flat_steps) return {};
    const std::optional<double> before = mean_loss(curve, start - window, start),
                                lately = mean_loss(curve, start, curve.size());
    if (!before || !lately || !curve.front().train_loss) return {};
    double least_rate = 1.0;
    for (size_t i = start; i < curve.size(); ++i) least_rate = std::min(least_rate, curve[i].rate);
    // A rate that falls makes a loss flat by itself, and is meant to.
    const bool stuck =
        *lately > (1 - flat) * *before && *lately > not_solved * *curve.front().train_loss && least_rate >= 0.5;
    if (!streaks_.reach("", stuck, 1)) return {};
    Finding finding;
    finding.seen = fmt::format(
        "The mean training loss of the last {} validations is {:.4g}; in the {} before them it was {:.4g}, and {:.4g} "
        "at the first.",
        window, *lately, window, *before, *curve.front().train_loss);
    finding.meaning =
        "At this learning rate nothing more is learned. Either the training is done, because this is all that these "
        "inputs tell, or steps are too large to get closer, or the network is too small.";
    finding.advice =
        "If the result is good enough, stop here (regularization.early_stopping). If not, try lr_scheduler: cosine or "
        "step, a lower optimizer.lr, or a larger architecture.";
    finding.numbers["train_loss"] = *lately;
    finding.numbers["before"] = *before;
    return finding;
  }
};

}  // namespace

void add_curve_diagnoses(Diagnoses& list) {
  list.push_back(std::make_unique<Overfitting>());
  list.push_back(std::make_unique<Plateau>());
}

}  // namespace dlrun
