// What metrics measured, sample by sample.

#include "eval/sample_measures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/random.h"
#include "metrics/of_target.h"

namespace dlrun {
namespace {

constexpr double inside = 0.95;

// The value below which that share of the sorted numbers lies, between two of them in proportion, as numpy has it.
double percentile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(place), above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

Interval percentile_interval(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (values.empty()) return {none, none};
  std::sort(values.begin(), values.end());
  return {percentile(values, (1 - inside) / 2), percentile(values, (1 + inside) / 2)};
}

std::vector<size_t> headline_metrics(const ChoiceList<Metric>& metrics) {
  std::vector<size_t> found;
  std::set<std::string> targets;
  for (size_t k = 0; k < metrics.size(); ++k) {
    const auto* of_target = dynamic_cast<const OfTarget*>(&metrics[k]);
    if (!metrics[k].names().empty() && targets.insert(of_target ? of_target->target : "").second) found.push_back(k);
  }
  return found;
}

SampleMeasures::SampleMeasures(const ChoiceList<Metric>& metrics, std::vector<size_t> which)
    : metrics_(metrics), which_(std::move(which)), kept_(metrics.size()) {}

void SampleMeasures::add(const Outcome& outcome) {
  const int64_t rows = outcome.truth["target"].size(0);
  Batch answer = outcome.answer.to(at::kCPU), truth = outcome.truth.to(at::kCPU);
  answer.count = truth.count = rows;
  for (int64_t i = 0; i < rows; ++i)
    for (const size_t k : which_) kept_[k].push_back(metrics_[k].measure(answer.cut(i, 1), truth.cut(i, 1)));
  size_ += rows;
  if (static_cast<int64_t>(outcome.truth.ids.size()) == rows)
    ids_.insert(ids_.end(), outcome.truth.ids.begin(), outcome.truth.ids.end());
}

Results SampleMeasures::of(size_t metric, const std::vector<int64_t>& samples) const {
  const bool sums = metrics_[metric].merge() == Metric::Merge::add;
  std::vector<at::Tensor> joined;
  for (size_t t = 0; t < kept_[metric].front().size(); ++t) {
    std::vector<at::Tensor> pieces;
    for (const int64_t sample : samples) pieces.push_back(kept_[metric][static_cast<size_t>(sample)][t]);
    joined.push_back(sums ? at::stack(pieces).sum(0) : at::cat(pieces));
  }
  return metrics_[metric].values(joined);
}

std::vector<double> SampleMeasures::redrawn(size_t metric, const std::vector<int64_t>& samples, int64_t times,
                                            uint64_t seed) const {
  const bool sums = metrics_[metric].merge() == Metric::Merge::add;
  const std::vector<std::vector<at::Tensor>>& kept = kept_[metric];
  // All samples as rows of one tensor for each that the metric keeps; of a metric of rows, where each begins.
  std::vector<at::Tensor> all;
  std::vector<std::vector<int64_t>> begins;
  for (size_t t = 0; t < kept.front().size(); ++t) {
    std::vector<at::Tensor> pieces;
    std::vector<int64_t>& begin = begins.emplace_back(1, 0);
    for (const int64_t sample : samples) {
      const at::Tensor& piece = kept[static_cast<size_t>(sample)][t];
      pieces.push_back(piece);
      begin.push_back(begin.back() + (sums ? 1 : piece.size(0)));
    }
    all.push_back(sums ? at::stack(pieces) : at::cat(pieces));
  }
  std::vector<double> values;
  std::vector<int64_t> drawn(samples.size());
  for (int64_t draw = 0; draw < times; ++draw) {
    Random random(seed, static_cast<uint32_t>(draw));
    for (int64_t& place : drawn) place = random.below(static_cast<int64_t>(samples.size()));
    std::vector<at::Tensor> joined;
    for (size_t t = 0; t < all.size(); ++t) {
      std::vector<int64_t> rows;
      for (const int64_t place : drawn)
        for (int64_t row = begins[t][static_cast<size_t>(place)]; row < begins[t][static_cast<size_t>(place) + 1];
             ++row)
          rows.push_back(row);
      const at::Tensor chosen = all[t].index_select(0, at::tensor(rows, at::kLong));
      joined.push_back(sums ? chosen.sum(0) : chosen);
    }
    values.push_back(metrics_[metric].values(joined).front().second);
  }
  return values;
}

Interval SampleMeasures::interval(size_t metric, int64_t times, uint64_t seed) const {
  std::vector<int64_t> all(static_cast<size_t>(size_));
  std::iota(all.begin(), all.end(), int64_t{0});
  return percentile_interval(redrawn(metric, all, times, seed));
}

}  // namespace dlrun
