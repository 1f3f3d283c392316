// Time warp: a series runs faster here and slower there, by a smooth random course (Um et al. 2017; the numbers of
// Iwana & Uchida's time_series_augmentation).

#include <algorithm>
#include <cmath>

#include "data/augmentation.h"
#include "data/series.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// The cubic spline through (places, values) whose third derivative is continuous at the second and the last but one
// place ("not a knot"), at 0, 1, ... count - 1. At least four places, evenly apart.
std::vector<double> spline(double apart, const std::vector<double>& values, int64_t count) {
  const size_t n = values.size();
  // Second derivatives m: m[i-1] + 4 m[i] + m[i+1] = 6 (second difference) / apart^2 inside, and at the ends
  // m[0] = 2 m[1] - m[2]. With these put in, the first and the last equation say 6 m[1] and 6 m[n-2].
  std::vector<double> m(n), right(n), factor(n);
  for (size_t i = 1; i + 1 < n; ++i) right[i] = 6 * (values[i - 1] - 2 * values[i] + values[i + 1]) / (apart * apart);
  m[1] = right[1] / 6;
  m[n - 2] = right[n - 2] / 6;
  // Between them a band of 1, 4, 1.
  right[2] -= m[1];
  right[n - 3] -= m[n - 2];
  for (size_t i = 2; i + 2 < n; ++i) {
    const double pivot = i == 2 ? 4.0 : 4.0 - factor[i - 1];
    factor[i] = 1.0 / pivot;
    m[i] = (right[i] - (i == 2 ? 0.0 : m[i - 1])) / pivot;
  }
  for (size_t i = n - 3; i > 2; --i) m[i - 1] -= factor[i - 1] * m[i];
  m[0] = 2 * m[1] - m[2];
  m[n - 1] = 2 * m[n - 2] - m[n - 3];

  std::vector<double> course;
  for (int64_t t = 0; t < count; ++t) {
    const size_t i = std::min(n - 2, static_cast<size_t>(static_cast<double>(t) / apart));
    const double b = (static_cast<double>(t) - apart * static_cast<double>(i)) / apart, a = 1 - b;
    course.push_back(a * values[i] + b * values[i + 1] +
                     ((a * a * a - a) * m[i] + (b * b * b - b) * m[i + 1]) * apart * apart / 6);
  }
  return course;
}

struct TimeWarp final : Augmentation {
  double sigma = 0.2;
  int64_t knot = 4;

  std::vector<Field> fields() override {
    return {field("sigma", sigma, "Deviation of the speed around 1 at each knot; a normal draw for each.", at_least(0)),
            field("knot", knot, "Knots between the ends: how often the speed may change.", at_least(3), at_most(1000))};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_series("time_warp", shape);
    return shape;
  }

  // All channels of a sample run alike.
  void apply(Batch& batch, const Draws& draws) const override {
    const at::Tensor series = copy_of_series("time_warp", batch["input"]);
    const int64_t length = series.size(-1), rows = series.numel() / series.size(0) / length;
    if (length < 2) return;
    const at::Tensor given = series.clone();
    for (int64_t i = 0; i < series.size(0); ++i) {
      const std::vector<double> course = drawn(draws.row(i), length);
      for (int64_t row = i * rows; row < (i + 1) * rows; ++row)
        resample(given.const_data_ptr<float>() + row * length, series.data_ptr<float>() + row * length, course);
    }
    batch.set("input", series);
  }

 private:
  // When the steps of the given series are reached: rises from its first value to length - 1.
  std::vector<double> drawn(Random random, int64_t length) const {
    const double apart = static_cast<double>(length - 1) / static_cast<double>(knot + 1);
    std::vector<double> values;
    for (int64_t k = 0; k < knot + 2; ++k)
      values.push_back(apart * static_cast<double>(k) * (1.0 + sigma * random.normal()));
    std::vector<double> course = spline(apart, values, length);
    const double end = static_cast<double>(length - 1), scale = end / course.back();
    double before = 0.0;
    for (double& time : course) {
      // Time never runs backwards, whatever was drawn.
      time = std::max(before, std::clamp(scale * time, 0.0, end));
      before = time;
    }
    return course;
  }

  // The series at 0, 1, ..., linearly between the times of its steps (numpy.interp).
  static void resample(const float* from, float* to, const std::vector<double>& course) {
    size_t i = 0;
    for (size_t t = 0; t < course.size(); ++t) {
      const double time = static_cast<double>(t);
      while (i + 2 < course.size() && course[i + 1] < time) ++i;
      const double gap = course[i + 1] - course[i];
      const double share = gap > 0 ? std::clamp((time - course[i]) / gap, 0.0, 1.0) : 0.0;
      to[t] = static_cast<float>(from[i] + share * (static_cast<double>(from[i + 1]) - from[i]));
    }
    to[course.size() - 1] = from[course.size() - 1];  // also where time stood still at the end
  }
};

const Registered<Augmentation, TimeWarp> time_warp_entry{"time_warp",
                                                         "Makes a series run faster here and slower there."};

}  // namespace
}  // namespace dlrun
