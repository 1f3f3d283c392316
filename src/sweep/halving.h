// Asynchronous successive halving: which trials are stopped early because others did better in as many validations.

#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace dlrun {

// (Li et al. 2020, "A system for massively parallel hyperparameter tuning", in the form that stops trials and never
// starts them anew.) Rungs are after `first` validations, first * factor, first * factor^2 and so on.
class Halving {
 public:
  Halving(int64_t first, int64_t factor, bool higher) : first_(first), factor_(factor), higher_(higher) {}
  // Whether a trial is looked at after so many validations.
  bool is_rung(int64_t validations) const;
  // Takes what a trial came to at a rung, its best so far, and tells whether it goes on: as one of the best 1 / factor
  // of those that came as far until now, or as the best of them.
  bool goes_on(int64_t validations, double best);

 private:
  int64_t first_, factor_;
  bool higher_;
  std::map<int64_t, std::vector<double>> rungs_;
};

}  // namespace dlrun
