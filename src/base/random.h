// A counter-based random stream: every draw is a pure function of (seed, stream, position). Philox4x32-10.
//
// (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".) Two streams that differ in any of their numbers
// are independent, so a sample's augmentation depends on (seed, epoch, sample) and on nothing that ran before it.

#pragma once

#include <cstdint>
#include <vector>

namespace dlrun {

class Random {
 public:
  Random(uint64_t seed, uint32_t stream, uint64_t substream = 0);

  uint32_t next();   // uniform over all 32-bit values
  double uniform();  // [0, 1), 53 bits
  double uniform(double low, double high);
  int64_t below(int64_t bound);  // [0, bound), unbiased; bound > 0
  bool chance(double probability);
  double normal();  // mean 0, deviation 1

 private:
  void refill();
  uint32_t key_[2];
  uint32_t counter_[4];
  uint32_t block_[4];
  int left_ = 0;
};

// The order of `count` items in an epoch: a permutation that is a pure function of (seed, epoch).
std::vector<int64_t> permutation(int64_t count, uint64_t seed, uint64_t epoch);

}  // namespace dlrun
