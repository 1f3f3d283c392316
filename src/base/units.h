// Quantities as people read them.

#pragma once

#include <cstdint>
#include <string>

namespace dlrun {

std::string bytes_text(uint64_t bytes);     // "312 B", "1.5 KiB", "23 MiB", "4.0 GiB"
std::string duration_text(double seconds);  // "0.42 s", "12 s", "3 min 20 s", "5 h 02 min", "2 d 03 h"
std::string count_text(int64_t count);      // "1,234,567"
std::string quantity_text(double value);    // three digits: "0.123", "12.3", "4.56k", "7.89M", "1.2G"
std::string rate_text(double per_second, const std::string& unit);  // "4.56k samples/s"

}  // namespace dlrun
