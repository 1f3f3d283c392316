// SHA-256 against the examples of FIPS 180 and of NIST's CAVP.

#include "base/sha256.h"

#include <catch2/catch.hpp>

namespace dlrun::sha256_test {
namespace {

std::string sha256_of(const std::string& text, size_t piece) {
  Sha256 hash;
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  for (size_t at = 0; at < text.size(); at += piece) hash.update(bytes.subspan(at, std::min(piece, text.size() - at)));
  return hash.hex();
}

TEST_CASE("SHA-256 of NIST's examples, in pieces of any length") {
  for (const size_t piece : {1, 3, 55, 56, 63, 64, 65, 1000, 1 << 20}) {
    INFO(piece);
    CHECK(sha256_of("", piece) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_of("abc", piece) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", piece) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  }
  CHECK(sha256_of(std::string(1'000'000, 'a'), 4096) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("what was hashed so far can be asked and gone on with") {
  Sha256 hash;
  hash.update(std::as_bytes(std::span("ab", 2)));
  CHECK(hash.hex() == "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603");
  hash.update(std::as_bytes(std::span("c", 1)));
  CHECK(hash.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace dlrun::sha256_test
