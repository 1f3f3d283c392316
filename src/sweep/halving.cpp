// Asynchronous successive halving.

#include "sweep/halving.h"

#include <algorithm>
#include <cmath>

namespace dlrun {

bool Halving::is_rung(int64_t validations) const {
  int64_t rung = first_;
  while (rung < validations && rung <= INT64_MAX / factor_) rung *= factor_;
  return rung == validations;
}

bool Halving::goes_on(int64_t validations, double best) {
  std::vector<double>& rung = rungs_[validations];
  rung.push_back(best);
  if (!std::isfinite(best)) return false;
  const auto better =
      std::count_if(rung.begin(), rung.end(), [&](double other) { return higher_ ? other > best : other < best; });
  const auto places = std::max<int64_t>(1, static_cast<int64_t>(rung.size()) / factor_);
  return better < places;
}

}  // namespace dlrun
