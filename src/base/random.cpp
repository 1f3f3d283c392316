// Philox4x32-10 and what is drawn from it.

#include "base/random.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace dlrun {

Random::Random(uint64_t seed, uint32_t stream, uint64_t substream)
    : key_{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
      counter_{0, static_cast<uint32_t>(substream), static_cast<uint32_t>(substream >> 32), stream} {}

void Random::refill() {
  uint32_t c[4] = {counter_[0], counter_[1], counter_[2], counter_[3]};
  uint32_t k0 = key_[0], k1 = key_[1];
  for (int round = 0; round < 10; ++round) {
    uint64_t product0 = uint64_t{0xD2511F53} * c[0];
    uint64_t product1 = uint64_t{0xCD9E8D57} * c[2];
    uint32_t next[4] = {static_cast<uint32_t>(product1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(product1),
                        static_cast<uint32_t>(product0 >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(product0)};
    for (int i = 0; i < 4; ++i) c[i] = next[i];
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  for (int i = 0; i < 4; ++i) block_[i] = c[i];
  ++counter_[0];
  left_ = 4;
}

uint32_t Random::next() {
  if (left_ == 0) refill();
  return block_[4 - left_--];
}

double Random::uniform() {
  uint64_t bits = (uint64_t{next()} << 32 | next()) >> 11;
  return static_cast<double>(bits) * 0x1.0p-53;
}

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

int64_t Random::below(int64_t bound) {
  // Lemire's multiplication with rejection, on 64 bits.
  const uint64_t range = static_cast<uint64_t>(bound);
  while (true) {
    uint64_t draw = uint64_t{next()} << 32 | next();
    unsigned __int128 product = static_cast<unsigned __int128>(draw) * range;
    uint64_t low = static_cast<uint64_t>(product);
    if (low >= range || low >= (0 - range) % range) return static_cast<int64_t>(product >> 64);
  }
}

bool Random::chance(double probability) { return uniform() < probability; }

double Random::normal() {
  double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::vector<int64_t> permutation(int64_t count, uint64_t seed, uint64_t epoch) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Random random(seed, static_cast<uint32_t>(epoch), uint64_t{1} << 62);  // A substream no sample uses.
  for (int64_t i = count - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
  return order;
}

}  // namespace dlrun
