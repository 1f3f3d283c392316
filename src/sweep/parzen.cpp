// Mixtures of cut normal distributions, and smoothed counts.

#include "sweep/parzen.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dlrun {
namespace {

double normal_below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

// The way from each sample, sorted, to its farther neighbour; at the ends to the only one, or to the interval's farther
// end where a sample is alone.
std::vector<double> widths_of(const std::vector<double>& sorted, double low, double high) {
  std::vector<double> widths;
  const size_t count = sorted.size();
  for (size_t i = 0; i < count; ++i) {
    const double below = i > 0 ? sorted[i] - sorted[i - 1] : count == 1 ? sorted[i] - low : 0.0;
    const double above = i + 1 < count ? sorted[i + 1] - sorted[i] : count == 1 ? high - sorted[i] : 0.0;
    widths.push_back(std::max(below, above));
  }
  return widths;
}

}  // namespace

IntervalDensity::IntervalDensity(std::vector<double> samples, double low, double high) : low_(low), high_(high) {
  std::sort(samples.begin(), samples.end());
  std::vector<double> widths = widths_of(samples, low, high);
  const double span = high - low, least = span / std::min(100.0, 2.0 + static_cast<double>(samples.size()));
  for (double& width : widths) width = std::clamp(width, least, span);
  samples.push_back((low + high) / 2);
  widths.push_back(span);
  for (size_t i = 0; i < samples.size(); ++i) {
    const double mass = normal_below((high - samples[i]) / widths[i]) - normal_below((low - samples[i]) / widths[i]);
    components_.push_back({samples[i], widths[i], std::log(mass)});
  }
}

double IntervalDensity::draw(Random& random) const {
  const Component& from = components_[static_cast<size_t>(random.below(static_cast<int64_t>(components_.size())))];
  // Every center lies inside, and no width is more than the interval: a third of the draws at least are inside.
  for (;;) {
    const double value = from.center + from.width * random.normal();
    if (value >= low_ && value <= high_) return value;
  }
}

double IntervalDensity::log_density(double value) const {
  double sum = 0.0;
  for (const Component& each : components_) {
    const double z = (value - each.center) / each.width;
    sum += std::exp(-0.5 * z * z - each.log_mass) / (each.width * std::sqrt(2 * std::numbers::pi));
  }
  return std::log(sum / static_cast<double>(components_.size()));
}

ChoiceDensity::ChoiceDensity(const std::vector<size_t>& samples, size_t choices) {
  const auto components = static_cast<double>(samples.size() + 1), every = static_cast<double>(choices);
  const double part = 1.0 / components;  // what a sample gives to each choice beside its own 1
  shares_.assign(choices, 0.0);
  for (const size_t sample : samples)
    for (size_t choice = 0; choice < choices; ++choice)
      shares_[choice] += (part + (choice == sample ? 1.0 : 0.0)) / (1.0 + part * every) / components;
  for (double& share : shares_) share += 1.0 / every / components;
}

size_t ChoiceDensity::draw(Random& random) const {
  double left = random.uniform();
  for (size_t choice = 0; choice + 1 < shares_.size(); ++choice)
    if ((left -= shares_[choice]) < 0) return choice;
  return shares_.size() - 1;
}

double ChoiceDensity::log_density(size_t choice) const { return std::log(shares_[choice]); }

}  // namespace dlrun
