// Which checkpoint is best so far, and whether training still gets better.

#include "train/selection.h"

#include <algorithm>
#include <cmath>

namespace dlrun {

bool BestSteps::offer(int64_t step, double value) {
  if (!std::isfinite(value)) return false;
  const auto worse = [&](const std::pair<int64_t, double>& other) {
    return higher_ ? value > other.second : value < other.second;
  };
  const auto place = std::find_if(ranking_.begin(), ranking_.end(), worse);
  if (place - ranking_.begin() >= keep_) return false;
  ranking_.insert(place, {step, value});
  if (static_cast<int64_t>(ranking_.size()) > keep_) ranking_.pop_back();
  return true;
}

std::vector<int64_t> BestSteps::steps() const {
  std::vector<int64_t> steps;
  for (const auto& [step, value] : ranking_) steps.push_back(step);
  return steps;
}

std::optional<std::pair<int64_t, double>> BestSteps::best() const {
  if (ranking_.empty()) return {};
  return ranking_.front();
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
