// What a recipe's training step takes on many devices: a table, and its record.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/memory.h"
#include "dist/scaling.h"
#include "rehearsal/rehearsal.h"

namespace dlrun {

// So many devices with one strategy.
struct ScalingRow {
  std::string strategy;
  int64_t rows = 0;    // of a batch, on each device
  int64_t memory = 0;  // bytes of each process at its peak
  ScaledStep step;
};

// How the gradients of these modules travel: from the last module to the first, in buckets as GradientExchange makes
// them.
std::vector<ExchangedBucket> exchanged_buckets(const std::vector<ModuleCost>& modules, int64_t devices);

// Bytes of weights of each module that trains some.
std::vector<double> layer_bytes(const std::vector<ModuleCost>& modules);

std::string scaling_table(const std::vector<ScalingRow>& rows, int width);
std::vector<nlohmann::ordered_json> scaling_records(const std::vector<ScalingRow>& rows, const DeviceLink& link);

// "50GB/s", "400Gbit/s", "1.2 GiB/s" -> bytes per second; "10us", "1ms", "0.5s" -> seconds. Throws UserError(usage)
// with the option's name.
double bytes_per_second(const std::string& option, const std::string& text);
double seconds_of(const std::string& option, const std::string& text);

}  // namespace dlrun
