// A step length along a direction by the strong Wolfe conditions.

#include "optim/line_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dlrun {
namespace {

constexpr double sufficient = 1e-4, flat = 0.9;  // the constants of the two conditions
constexpr int most_trials = 25;

// Where the cubic through two points with their slopes is lowest, within bounds.
double lowest_of_cubic(const Trial& a, const Trial& b, double least, double most) {
  const Trial &left = a.t <= b.t ? a : b, &right = a.t <= b.t ? b : a;
  const double mean = left.slope + right.slope - 3 * (left.loss - right.loss) / (left.t - right.t);
  const double square = mean * mean - left.slope * right.slope;
  if (square < 0) return (least + most) / 2;
  const double root = std::sqrt(square);
  const double share = (right.slope + root - mean) / (right.slope - left.slope + 2 * root);
  return std::min(std::max(right.t - (right.t - left.t) * share, least), most);
}

bool too_high(const Trial& start, const Trial& trial) {
  return trial.loss > start.loss + sufficient * trial.t * start.slope;
}

bool is_flat(const Trial& start, const Trial& trial) { return std::abs(trial.slope) <= -flat * start.slope; }

}  // namespace

std::optional<Trial> strong_wolfe(const Trial& start, double t, double largest, double tolerance,
                                  const std::function<std::optional<Trial>(double)>& try_at) {
  std::optional<Trial> now = try_at(t);
  if (!now) return {};

  // Outwards, until a point that will do lies between two.
  Trial before = start;
  int trials = 0;
  bool bracketed = false;
  for (; trials < most_trials; ++trials) {
    bracketed = too_high(start, *now) || (trials > 1 && now->loss >= before.loss);
    if (bracketed) break;
    if (is_flat(start, *now)) return now;
    bracketed = now->slope >= 0;
    if (bracketed) break;
    const double next = lowest_of_cubic(before, *now, now->t + 0.01 * (now->t - before.t), now->t * 10);
    before = std::move(*now);
    now = try_at(next);
    if (!now) return {};
  }
  if (!bracketed) before = start;

  // Between the two, the lower one of which is `low`.
  Trial low = std::move(before), high = std::move(*now);
  if (low.loss > high.loss) std::swap(low, high);
  bool stuck = false;
  for (; trials < most_trials && std::abs(high.t - low.t) * largest >= tolerance; ++trials) {
    const double left = std::min(low.t, high.t), right = std::max(low.t, high.t), edge = 0.1 * (right - left);
    double next = lowest_of_cubic(low, high, left, right);
    const bool near_edge = std::min(right - next, next - left) < edge;
    if (near_edge && (stuck || next >= right || next <= left)) {
      next = std::abs(next - right) < std::abs(next - left) ? right - edge : left + edge;
      stuck = false;
    } else {
      stuck = near_edge;
    }
    std::optional<Trial> found = try_at(next);
    if (!found) return {};
    if (too_high(start, *found) || found->loss >= low.loss) {
      high = std::move(*found);
      if (high.loss < low.loss) std::swap(low, high);
      continue;
    }
    if (is_flat(start, *found)) return found;
    if (found->slope * (high.t - low.t) >= 0) high = std::move(low);
    low = std::move(*found);
  }
  return low;
}

}  // namespace dlrun
