// What dlrun train finds out before a training.

#include "train/find.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/units.h"
#include "rehearsal/batch_fit.h"
#include "spec/scalar.h"
#include "train/checked.h"
#include "train/console.h"
#include "train/rate_range.h"

namespace dlrun {
namespace {

void find_rate(const TrainOptions& options, Recipe& recipe, const Origins& origins, Console& console) {
  const std::unique_ptr<Experiment> experiment = checked(recipe, {}, origins, options.verbosity).experiment;
  const RateSweep sweep;
  const RateRange range = test_rates(*experiment, sweep);
  if (stop_requested() != 0) throw UserError(ExitCode::again, "--find-lr: stopped before the sweep was through");
  if (range.points.empty())
    throw UserError(ExitCode::diverged,
                    "--find-lr: the loss is not finite before anything was learned; dlrun train "
                    "says where that comes from");
  const std::string file = options.curve.empty() ? recipe.name + "_find_lr.svg" : options.curve;
  write_text_atomically(file, rate_range_svg(range, recipe.name + ": " + recipe.optimizer.type));

  const double last = range.points.back().rate;
  nlohmann::ordered_json record = {{"event", "find_lr"}, {"steps", range.points.size()}, {"last_rate", last}};
  record["broke_out"] = range.broke_out;
  if (range.lowest) {
    record["steepest"] = range.points[*range.steepest].rate;
    record["lowest"] = range.points[*range.lowest].rate;
    record["proposed"] = *range.proposed();
  }
  record["curve"] = file;
  console.record(record);
  console.say(fmt::format("{} steps with rates from {:.1e} to {:.1e}; {}", range.points.size(), sweep.from, last,
                          range.broke_out ? "there the loss broke out" : "the loss never broke out"));
  if (!range.lowest) {
    console.say("the loss never fell: no rate is proposed. Larger batches, or another optimizer?");
  } else {
    console.say(fmt::format("the smoothed loss falls fastest at {:.2g} and is lowest at {:.2g}",
                            range.points[*range.steepest].rate, range.points[*range.lowest].rate));
    console.say(
        fmt::format("proposed: optimizer.lr={:.2g}, a tenth of the rate of the lowest loss", *range.proposed()));
  }
  console.say("curve: " + file);
}

std::optional<int64_t> limit_of(const TrainOptions& options) {
  if (options.memory.empty()) return {};
  const std::optional<uint64_t> given = parse_size(options.memory);
  if (!given || *given == 0)
    throw UserError(ExitCode::usage, "--memory: expected a size as 4GiB, got \"" + options.memory + "\"");
  return static_cast<int64_t>(*given);
}

void find_batch_size(const TrainOptions& options, Recipe& recipe, Console& console) {
  const BatchFit fit = fit_batch(recipe, limit_of(options));
  const std::string limit = bytes_text(static_cast<uint64_t>(fit.limit)),
                    peak = bytes_text(static_cast<uint64_t>(fit.peak));
  if (fit.largest == 0)
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("--find-batch-size: a batch of {} takes {}, and there are {}", fit.least, peak, limit));
  nlohmann::ordered_json record = {{"event", "find_batch_size"}, {"batch_size", fit.largest}};
  record["peak_bytes"] = fit.peak;
  record["limit_bytes"] = fit.limit;
  record["samples"] = fit.samples;
  console.record(record);
  console.say(fmt::format("the largest batch that fits into {}: trainer.batch_size={}, predicted peak {}{}", limit,
                          fit.largest, peak, fit.largest >= fit.samples ? "; there are no more samples" : ""));
  console.say(
      "predicted as by dlrun describe, without running a step; another batch size wants another rate (--find-lr)");
}

}  // namespace

int find(const TrainOptions& options, Recipe& recipe, const Origins& origins) {
  watch_signals();
  Console console(options);
  if (options.find_batch_size) find_batch_size(options, recipe, console);
  if (options.find_lr) find_rate(options, recipe, origins, console);
  return 0;
}

}  // namespace dlrun
