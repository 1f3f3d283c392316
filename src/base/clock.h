// Time: for measuring, and for writing down.

#pragma once

#include <string>

namespace dlrun {

double monotonic_seconds();  // since an arbitrary moment; never goes back
std::string utc_now();       // ISO 8601 with milliseconds: "2026-01-31T12:00:00.123Z"
// Of seconds since 1970, for utc_now() and tests.
std::string utc_text(double unix_seconds);

}  // namespace dlrun
