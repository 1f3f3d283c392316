// What diagnoses share.

#include "train/diagnosis/diagnosis.h"

#include <algorithm>

namespace dlrun {

double update_ratio(const WeightView& weight) { return weight.weight > 0 ? weight.update / weight.weight : 0.0; }

double median_update_ratio(const Observation& seen, size_t player) {
  std::vector<double> ratios;
  for (const WeightView& weight : seen.weights)
    if (weight.player == player && weight.weight > 0) ratios.push_back(update_ratio(weight));
  if (ratios.empty()) return 0.0;
  std::nth_element(ratios.begin(), ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2), ratios.end());
  return ratios[ratios.size() / 2];
}

bool Streaks::reach(const std::string& name, bool present, int64_t needed) {
  int64_t& count = counts_[name];
  if (count < 0) return false;
  count = present ? count + 1 : 0;
  if (count < needed) return false;
  count = -1;
  return true;
}

Diagnoses all_diagnoses() {
  Diagnoses list;
  add_gradient_diagnoses(list);
  add_activation_diagnoses(list);
  add_update_diagnoses(list);
  add_rate_diagnoses(list);
  add_curve_diagnoses(list);
  add_class_diagnoses(list);
  add_adversarial_diagnoses(list);
  return list;
}

}  // namespace dlrun
