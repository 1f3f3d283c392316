// What 32 bits leave of numbers that were written with more.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <string>

namespace dlrun {

struct DigitsLost {
  int64_t column = 0;  // of a sample's values in order
  std::string told;    // "around 1.7e9 that differ by 12.3 lose up to 64 as the 32-bit numbers of a network"
};

// The first column of values [N, ...] of which a network would see less than the thousandth part of what makes its rows
// differ: large numbers that lie close together. The first 65,536 rows are looked at; none where nothing is lost.
std::optional<DigitsLost> digits_lost(const at::Tensor& values);

}  // namespace dlrun
