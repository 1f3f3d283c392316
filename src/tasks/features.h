// What tasks share whose network answers with features.

#pragma once

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

namespace dlrun {

// features [N, width] -> one record for each sample: {"features": [...]}
nlohmann::json feature_records(const at::Tensor& features);

}  // namespace dlrun
