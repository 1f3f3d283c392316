// Dropout: the loop, over plain pointers.

#pragma once

#include <cstdint>

namespace dlrun::cpu {

// output[i] = input[i] / (1 - probability), or 0 with this probability. Which ones are zeroed is a pure function of
// (seed, i): two numbers of Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
// 3") decide over elements 32 b + l and 32 b + 16 + l, with counter 16 b + l, l < 16. probability in [0, 1]; output may
// be input.
void dropout(const float* input, float* output, int64_t count, double probability, uint64_t seed);

}  // namespace dlrun::cpu
