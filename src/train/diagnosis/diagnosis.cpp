// What diagnoses share.

#include "train/diagnosis/diagnosis.h"

namespace dlrun {

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
  add_curve_diagnoses(list);
  add_class_diagnoses(list);
  add_adversarial_diagnoses(list);
  return list;
}

}  // namespace dlrun
