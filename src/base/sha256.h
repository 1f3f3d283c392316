// SHA-256 (FIPS 180-4): what others publish of their files. For damage alone base/hash.h is ten times as fast.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace dlrun {

class Sha256 {
 public:
  void update(std::span<const std::byte> bytes);
  std::string hex() const;  // of everything so far: 64 lower-case digits, as `sha256sum` prints them

 private:
  void take(const uint8_t* block);
  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> block_ = {};
  uint64_t bytes_ = 0;
};

}  // namespace dlrun
