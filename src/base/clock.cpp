// Time by the system's clocks.

#include "base/clock.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <ctime>

namespace dlrun {

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string utc_text(double unix_seconds) {
  int64_t milliseconds = static_cast<int64_t>(std::floor(unix_seconds * 1000));
  int64_t part = (milliseconds % 1000 + 1000) % 1000;
  time_t whole = static_cast<time_t>((milliseconds - part) / 1000);
  tm parts{};
  gmtime_r(&whole, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, part);
}

std::string utc_now() {
  return utc_text(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
}

}  // namespace dlrun
