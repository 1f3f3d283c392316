// XXH3-128 beside the Python library's values.

#include "base/hash.h"

#include <catch2/catch.hpp>
#include <vector>

#include "golden.h"

namespace dlrun::hash_test {
namespace {

std::vector<std::byte> bytes_of(size_t count) {
  std::vector<std::byte> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(131 * i % 251);
  return bytes;
}

TEST_CASE("hashes equal those of the xxhash library, whole and in pieces") {
  const nlohmann::json golden = read_golden("xxh3");
  for (const auto& [length, hash] : golden.items()) {
    std::vector<std::byte> bytes = bytes_of(std::stoul(length));
    INFO("length " << length);
    CHECK(hash_hex(bytes) == hash.get<std::string>());
    Hasher hasher;
    std::span<const std::byte> rest(bytes);
    for (size_t piece = 1; !rest.empty(); piece = piece * 3 + 1) {
      hasher.update(rest.first(std::min(piece, rest.size())));
      rest = rest.subspan(std::min(piece, rest.size()));
    }
    CHECK(hasher.hex() == hash.get<std::string>());
  }
}

}  // namespace
}  // namespace dlrun::hash_test
