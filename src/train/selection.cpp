// Which checkpoint is best so far, and whether training still gets better.

#include "train/selection.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dlrun {

bool BestSteps::offer(int64_t step, double value, const std::optional<double>& loss) {
  if (!std::isfinite(value)) return false;
  const double infinity = std::numeric_limits<double>::infinity();
  const Ranked offered{step, value, loss && std::isfinite(*loss) ? *loss : infinity};
  const auto not_better = [&](const Ranked& other) {
    if (offered.value != other.value) return higher_ ? offered.value > other.value : offered.value < other.value;
    return offered.loss <= other.loss;
  };
  const auto place = std::find_if(ranking_.begin(), ranking_.end(), not_better);
  if (place - ranking_.begin() >= keep_) return false;
  ranking_.insert(place, offered);
  if (static_cast<int64_t>(ranking_.size()) > keep_) ranking_.pop_back();
  return true;
}

std::vector<int64_t> BestSteps::steps() const {
  std::vector<int64_t> steps;
  for (const Ranked& each : ranking_) steps.push_back(each.step);
  return steps;
}

std::optional<std::pair<int64_t, double>> BestSteps::best() const {
  if (ranking_.empty()) return {};
  return std::pair{ranking_.front().step, ranking_.front().value};
}

nlohmann::json BestSteps::save() const {
  nlohmann::json saved = nlohmann::json::array();
  for (const Ranked& each : ranking_) saved.push_back({each.step, each.value, each.loss});
  return saved;
}

void BestSteps::load(const nlohmann::json& saved) {
  ranking_.clear();
  const double none = std::numeric_limits<double>::infinity();  // Earlier versions kept no loss.
  for (const nlohmann::json& each : saved)
    ranking_.push_back({each.at(0), each.at(1), each.size() > 2 ? each.at(2).get<double>() : none});
}

void Patience::offer(double value) {
  const bool improved =
      std::isfinite(value) &&
      (!best_ || (higher_ ? value > *best_ + settings_.min_delta : value < *best_ - settings_.min_delta));
  if (improved) {
    best_ = value;
    waited_ = 0;
  } else {
    ++waited_;
  }
}

nlohmann::json Patience::save() const {
  nlohmann::json best;
  if (best_) best = *best_;
  return {{"best", best}, {"waited", waited_}};
}

void Patience::load(const nlohmann::json& saved) {
  best_.reset();
  if (!saved.at("best").is_null()) best_ = saved.at("best").get<double>();
  waited_ = saved.at("waited").get<int64_t>();
}

}  // namespace dlrun
