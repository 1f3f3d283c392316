// What a recipe's training step takes on many devices: a table, and its record.

#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/memory.h"
#include "dist/scaling.h"
#include "rehearsal/rehearsal.h"

namespace dlrun {

// A stage of a pipeline.
struct StageCost {
  int64_t layers = 0;
  double weights = 0.0;     // share of all
  double operations = 0.0;  // share of all, forward and backward
  double kept = 0.0;        // share of what waits for the backward pass of a part
  int64_t memory = 0;       // bytes of the process at its peak
  double seconds = 0.0;     // that it computes in a step
};

// So many devices with one strategy.
struct ScalingRow {
  std::string strategy;
  int64_t rows = 0;    // of a batch, on each device
  int64_t memory = 0;  // bytes of each process at its peak
  ScaledStep step;
  std::vector<StageCost> stages;  // of a pipeline
  int64_t parts = 1;              // of a batch that go through it
};

// Bytes of the numbers of a step that close it: loss, weight, whether somebody was asked to stop.
inline constexpr double numbers_of_step = 64;

// How the gradients of these modules travel: from the last module to the first, in buckets as GradientExchange makes
// them, and behind them what closes the step, with `states` bytes of running statistics.
ExchangedGradients exchanged_gradients(const std::vector<ModuleCost>& modules, double states, int64_t devices);

// Each module of `shared` (numbers of its weights that are shared out, by its path) as one that is gathered, in order;
// its share is that of the operations.
std::vector<GatheredLayer> gathered_layers(const std::vector<ModuleCost>& modules,
                                           const std::map<std::string, int64_t>& shared);

// The shares of the stages. `layers` as layers_of_stages(). What is in none of them is before the first layer or behind
// the last: every stage has the weights of both, the first computes the one and the last the other.
std::vector<StageCost> stage_costs(const std::vector<ModuleCost>& modules,
                                   const std::vector<std::vector<std::string>>& layers);

std::string scaling_table(const std::vector<ScalingRow>& rows, int width);
// Of a pipeline: what each stage takes, under a line that says how long each waits.
std::string stage_table(const ScalingRow& row, int width);
std::vector<nlohmann::ordered_json> scaling_records(const std::vector<ScalingRow>& rows, const DeviceLink& link);

// "50GB/s", "400Gbit/s", "1.2 GiB/s" -> bytes per second; "10us", "1ms", "0.5s" -> seconds. Throws UserError(usage)
// with the option's name.
double bytes_per_second(const std::string& option, const std::string& text);
double seconds_of(const std::string& option, const std::string& text);

}  // namespace dlrun
