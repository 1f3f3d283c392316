// XXH3, 128 bits: finds damage, not forgery.

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace dlrun {

class Hasher {
 public:
  Hasher();
  ~Hasher();
  void update(std::span<const std::byte> bytes);
  std::string hex() const;  // of everything so far: 32 lower-case digits, as `xxhsum -H128` prints them

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The same as a number, for tables of many: no allocation.
struct Hash128 {
  uint64_t high = 0, low = 0;
  auto operator<=>(const Hash128&) const = default;
};
Hash128 hash_of(std::span<const std::byte> bytes);

std::string hash_hex(std::span<const std::byte> bytes);
std::string hash_hex(std::string_view text);

}  // namespace dlrun
