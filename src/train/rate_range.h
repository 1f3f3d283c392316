// The learning-rate range test: the rate rises with every step until the loss breaks out, and the curve says which
// rates learn. (Smith 2017, "Cyclical Learning Rates for Training Neural Networks", with the exponential sweep of
// fastai)

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/experiment.h"

namespace dlrun {

struct RatePoint {
  double rate = 0.0;
  double loss = 0.0;      // of this step's batch, before its update
  double smoothed = 0.0;  // running mean of the losses so far
};

struct RateRange {
  std::vector<RatePoint> points;
  bool broke_out = false;  // the sweep ended because the loss did; otherwise it went to its end

  // Places in `points`: where the smoothed loss falls fastest for the rate's logarithm, and where it is lowest. Nothing
  // where it never falls.
  std::optional<size_t> steepest, lowest;
  // A tenth of the rate of the lowest loss: there it already rises for many batches.
  std::optional<double> proposed() const;
};

struct RateSweep {
  double from = 1e-7, to = 10.0;
  int64_t steps = 100;
};

// Trains the experiment, whose weights are not fit for anything afterwards, and writes nothing. Ends where the smoothed
// loss is more than four times the lowest, or something is not finite, or a signal asks for it.
RateRange test_rates(const Experiment& experiment, const RateSweep& sweep);

// Fills `steepest` and `lowest`.
void read_curve(RateRange& range);

// The curve as a picture that needs nothing else.
std::string rate_range_svg(const RateRange& range, const std::string& title);

}  // namespace dlrun
