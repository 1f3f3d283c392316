// What the fuzzers found worth keeping, and their seeds: every file is read, or refused as bad data, and nothing else.

#include <catch2/catch.hpp>
#include <map>

#include "fuzz/targets.h"
#include "support.h"

namespace dlrun::fuzz_corpus_test {
namespace {

TEST_CASE("every file of every corpus is accepted or refused, and no rule is broken") {
  const std::map<std::string, bool (*)(fuzz::Bytes)> targets = {{"evaluator", fuzz::evaluator},
                                                                {"index", fuzz::index},
                                                                {"onnx", fuzz::onnx},
                                                                {"safetensors", fuzz::safetensors},
                                                                {"torch_file", fuzz::torch_file}};
  namespace fs = std::filesystem;
  size_t folders = 0;
  for (const auto& folder : fs::directory_iterator(test::source_dir() / "tests/fuzz/corpus")) {
    ++folders;
    const std::string name = folder.path().filename();
    INFO(name);
    REQUIRE(targets.contains(name));
    int accepted = 0, refused = 0;
    for (const auto& file : fs::directory_iterator(folder)) {
      INFO(file.path().filename().string());
      const std::string bytes = test::read_bytes(file);
      bool taken = false;
      REQUIRE_NOTHROW(taken = targets.at(name)({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
      ++(taken ? accepted : refused);
    }
    CHECK(accepted > 2);
    CHECK(refused > 2);
  }
  CHECK(folders == targets.size());
}

}  // namespace
}  // namespace dlrun::fuzz_corpus_test
