// Dropout: the loop, over plain pointers.

#pragma once

#include <cstdint>

namespace dlrun::cpu {

// output[i] = input[i] / (1 - p), or 0 with probability p, which is `probability` rounded to a multiple of 1 / 65,536
// (below 1 unless it is 1). Which ones are zeroed is a pure function of (seed, i): the numbers x and y that
// Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") makes of the counter
// 16 b + l decide, l < 16, in halves of 16 bits: x over elements 64 b + l (lower half) and 64 b + 16 + l, y over 64 b +
// 32 + l and 64 b + 48 + l. probability in [0, 1]; output may be input.
void dropout(const float* input, float* output, int64_t count, double probability, uint64_t seed);

}  // namespace dlrun::cpu
