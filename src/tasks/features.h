// What tasks share whose network answers with features.

#pragma once

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <string>

#include "nn/module.h"

namespace dlrun {

// A task whose network answers with features derives from this: of a loss or a metric they say nothing by themselves,
// so that a network which stands in for the trained one is compared by its answers alone.
struct AnswersWithFeatures {};

// How many numbers a network answers with that was asked for 0 outputs. Throws UserError(bad_recipe) where it cannot do
// without its head; `task` is who wants that.
int64_t width_of_features(const Network& network, const std::string& task);

// features [N, width] -> one record for each sample: {"features": [...]}
nlohmann::json feature_records(const at::Tensor& features);

}  // namespace dlrun
