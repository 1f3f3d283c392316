// What a predicted quantile is called in answers and predictions: losses give it, metrics look for it.

#pragma once

#include <fmt/format.h>

#include <string>

namespace dlrun {

// "quantile_0.9" of the share 0.9.
inline std::string quantile_name(double share) { return fmt::format("quantile_{}", share); }

}  // namespace dlrun
