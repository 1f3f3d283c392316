// Dropout: the loop, over plain pointers.
//
// Drawing the numbers is nearly all of the work; Threefry does it with additions, rotations and exclusive ors alone,
// which every vector unit has.

#include "tensor/kernels/cpu/dropout.h"

#include <cmath>

#include "tensor/kernels/cpu/versions.h"

namespace dlrun::cpu {
namespace {

constexpr int64_t lanes = 16, block = 4 * lanes;
constexpr int64_t grain = 256;  // blocks for which one more thread is worth waking

using Words [[gnu::vector_size(64)]] = uint32_t;
using Floats [[gnu::vector_size(64)]] = float;
static_assert(sizeof(Words) == lanes * sizeof(uint32_t));

[[gnu::always_inline]] inline uint32_t rotated(uint32_t value, int bits) {
  return value << bits | value >> (32 - bits);
}

struct Dropout {
  const float* input;
  float* output;
  int64_t count;
  uint32_t keys[3];
  uint32_t threshold;  // numbers of 16 bits below it zero an element
  float scale;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    const int64_t whole = count / block;
    for (int64_t b = begin; b < std::min(end, whole); ++b) drop(b, input + b * block, output + b * block);
    if (end > whole) {
      float rest[block] = {};
      std::copy(input + whole * block, input + count, rest);
      drop(whole, rest, rest);
      std::copy(rest, rest + (count - whole * block), output + whole * block);
    }
  }

  [[gnu::always_inline]] void drop(int64_t b, const float* from, float* to) const {
    uint32_t first[lanes], second[lanes];
    for (int64_t l = 0; l < lanes; ++l) {
      const uint64_t counter = static_cast<uint64_t>(b * lanes);  // Lanes never carry into the upper half.
      uint32_t x = (static_cast<uint32_t>(counter) | static_cast<uint32_t>(l)) + keys[0];
      uint32_t y = static_cast<uint32_t>(counter >> 32) + keys[1];
#pragma GCC unroll 5
      for (int group = 0; group < 5; ++group) {
        constexpr int turns[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
          x += y;
          y = rotated(y, turns[group % 2][i]) ^ x;
        }
        x += keys[(group + 1) % 3];
        y += keys[(group + 2) % 3] + static_cast<uint32_t>(group + 1);
      }
      first[l] = x;
      second[l] = y;
    }
    scale_kept(first, from, to);
    scale_kept(second, from + 2 * lanes, to + 2 * lanes);
  }

  // The lower halves of the numbers decide over the first elements, the upper halves over the next.
  [[gnu::always_inline]] void scale_kept(const uint32_t* numbers, const float* from, float* to) const {
    Words number;
    __builtin_memcpy(&number, numbers, sizeof number);
    scale_kept(number & 0xFFFF, from, to);
    scale_kept(number >> 16, from + lanes, to + lanes);
  }

  // By arithmetic: a choice between vectors of 64 bytes would be taken apart by the compiler.
  [[gnu::always_inline]] void scale_kept(const Words& number, const float* from, float* to) const {
    Floats value;
    __builtin_memcpy(&value, from, sizeof value);
    const Words kept = ((number - threshold) >> 31) - 1;  // all bits, or none where number < threshold
    const Words factor = kept & __builtin_bit_cast(uint32_t, scale);
    value *= __builtin_bit_cast(Floats, factor);
    __builtin_memcpy(to, &value, sizeof value);
  }
};

}  // namespace

void dropout(const float* input, float* output, int64_t count, double probability, uint64_t seed) {
  if (probability >= 1) {
    std::fill(output, output + count, 0.0f);
    return;
  }
  const auto low = static_cast<uint32_t>(seed), high = static_cast<uint32_t>(seed >> 32);
  const double threshold = std::min(std::round(probability * 65536), 65535.0);
  const auto scale = static_cast<float>(1 / (1 - threshold / 65536));
  run(Dropout{input, output, count, {low, high, 0x1BD11BDAu ^ low ^ high}, static_cast<uint32_t>(threshold), scale},
      (count + block - 1) / block, grain);
}

}  // namespace dlrun::cpu
