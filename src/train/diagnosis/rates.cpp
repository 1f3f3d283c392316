// Learning rates that are too low or too high, from the loss and from the size of the updates. The first is never told
// after the second.

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "train/diagnosis/diagnosis.h"

namespace dlrun {
namespace {

struct LearningRateTooLow final : Diagnosis {
  Trouble trouble() const override { return Trouble::learning_rate_too_low; }

  std::optional<Finding> stepped(const StepLoss& seen) override {
    if (seen.step == 1) first_loss_ = seen.loss;
    return {};
  }

  std::optional<Finding> look(const Observation& seen) override {
    if (seen.players > 1) return {};
    // Weights that a jump made large change little by their size too.
    jumped_ = jumped_ || seen.window_loss > 1.2 * first_loss_;
    const double median = median_update_ratio(seen, 0);
    const bool slow = !seen.first && median < 1e-5 && seen.learning_rate >= 0.5 * seen.full_rate &&
                      seen.window_loss > 0.9 * first_loss_;
    if (!streaks_.reach("", slow && !jumped_, 3)) return {};
    Finding finding;
    finding.seen =
        fmt::format("A step changes the weights by {:.1e} of their size; the loss went from {:.4g} to {:.4g}.", median,
                    first_loss_, seen.window_loss);
    finding.meaning = "The learning rate is too low: about 1e-3 is usual for the change of a step.";
    finding.advice = fmt::format("Raise optimizer.lr, now {:.3g}, by a factor of 10 and look again.", seen.full_rate);
    finding.numbers["ratio"] = median;
    return finding;
  }

  nlohmann::json save() const override {
    return {{"streaks", streaks_.save()}, {"first_loss", first_loss_}, {"jumped", jumped_}};
  }
  void load(const nlohmann::json& saved) override {
    streaks_.load(saved.at("streaks"));
    saved.at("first_loss").get_to(first_loss_);
    saved.at("jumped").get_to(jumped_);
  }

 private:
  double first_loss_ = 0.0;
  bool jumped_ = false;
};

// Losses are read in blocks of 20 steps, more where batches are small: single ones are too noisy to judge by.
constexpr int64_t block_steps = 20, block_samples = 640;
constexpr double blown = 3.0;      // a block's mean by the first loss, in two blocks: at once
constexpr double jump = 1.5;       // one loss by the first, and by all of the last five blocks
constexpr double no_better = 0.9;  // those blocks' means by the first loss
constexpr size_t stuck_blocks = 5;

struct LearningRateTooHigh final : Diagnosis {
  Trouble trouble() const override { return Trouble::learning_rate_too_high; }

  std::optional<Finding> stepped(const StepLoss& seen) override {
    if (seen.step == 1) first_loss_ = least_ = seen.loss;
    if (first_loss_ <= 0) return {};
    sum_ += seen.loss;
    largest_ = std::max(largest_, seen.loss);
    if (++count_ < block_steps || count_ * seen.samples < block_samples) return {};
    blocks_.emplace_back(sum_ / static_cast<double>(count_), largest_);
    sum_ = largest_ = 0.0;
    count_ = 0;
    if (blocks_.size() > stuck_blocks) {
      highest_ = std::max(highest_, blocks_.front().second);
      blocks_.pop_front();
    }
    const bool rises = blocks_.back().first > blown * first_loss_;
    if (told_.reach("blown", rises, 2))
      return told(fmt::format("After {} steps the mean training loss is {:.4g}; at the first step it was {:.4g}.",
                              seen.step, blocks_.back().first, first_loss_),
                  "The steps are so large that the loss rises instead of falling.", seen.full_rate);
    if (told_.reach("stuck", stuck(), 1))
      return told(
          fmt::format("The training loss jumped from {:.4g} at the first step to {:.4g}, and has not been below "
                      "{:.4g} since; the last mean is {:.4g}.",
                      first_loss_, highest_, no_better * first_loss_, blocks_.back().first),
          "Steps that were too large have thrown the weights where nothing is learned any more.", seen.full_rate);
    return {};
  }

  std::optional<Finding> look(const Observation& seen) override {
    if (seen.players > 1 || seen.first) return {};
    const bool risen = seen.window_loss > 1.5 * least_ && seen.window_loss > 0.5 * first_loss_ && first_loss_ > 0;
    const bool worse = seen.window_loss > 1.2 * first_loss_ && first_loss_ > 0;
    const double least = least_;
    least_ = std::min(least_, seen.window_loss);
    if (!told_.reach("risen", risen || worse, 2)) return {};
    return told(fmt::format("The training loss is {:.4g} since the last look; it was {:.4g} at the first step and as "
                            "low as {:.4g}.",
                            seen.window_loss, first_loss_, least),
                "It rises instead of falling: the learning rate is too high for these weights.", seen.full_rate);
  }

  nlohmann::json save() const override {
    return {{"told", told_.save()},
            {"once", streaks_.save()},
            {"first_loss", first_loss_},
            {"least", least_},
            {"sum", sum_},
            {"largest", largest_},
            {"count", count_},
            {"highest", highest_},
            {"blocks", std::vector<std::pair<double, double>>(blocks_.begin(), blocks_.end())}};
  }
  void load(const nlohmann::json& saved) override {
    told_.load(saved.at("told"));
    streaks_.load(saved.at("once"));
    saved.at("first_loss").get_to(first_loss_);
    saved.at("least").get_to(least_);
    saved.at("sum").get_to(sum_);
    saved.at("largest").get_to(largest_);
    saved.at("count").get_to(count_);
    saved.at("highest").get_to(highest_);
    const auto blocks = saved.at("blocks").get<std::vector<std::pair<double, double>>>();
    blocks_.assign(blocks.begin(), blocks.end());
  }

 private:
  // One loss before the last blocks stands out from all of them, and they are no better than the beginning.
  bool stuck() const {
    if (blocks_.size() < stuck_blocks || highest_ < jump * first_loss_) return false;
    return std::all_of(blocks_.begin(), blocks_.end(), [this](const auto& block) {
      return block.first > no_better * first_loss_ && highest_ > jump * block.second;
    });
  }

  // Whatever shows it first: it is said once.
  std::optional<Finding> told(const std::string& seen, const std::string& meaning, double rate) {
    if (!streaks_.reach("", true, 1)) return {};
    Finding finding;
    finding.seen = seen;
    finding.meaning = meaning;
    finding.advice =
        fmt::format("Lower optimizer.lr, now {:.3g}, by a factor of 3 to 10, or add lr_scheduler.warmup_steps.", rate);
    finding.numbers["first_loss"] = first_loss_;
    return finding;
  }

  Streaks told_;                                  // by what showed it
  double first_loss_ = 0.0, least_ = 0.0;         // least_: of the means between looks
  double sum_ = 0.0, largest_ = 0.0;              // of the block that is being filled
  int64_t count_ = 0;                             // its steps
  double highest_ = 0.0;                          // single loss before blocks_
  std::deque<std::pair<double, double>> blocks_;  // mean and largest loss of the last blocks
};

}  // namespace

void add_rate_diagnoses(Diagnoses& list) {
  list.push_back(std::make_unique<LearningRateTooLow>());
  list.push_back(std::make_unique<LearningRateTooHigh>());
}

}  // namespace dlrun
