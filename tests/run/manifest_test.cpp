// The manifest: what is written is read, and any damage to it or to a checkpoint is found.

#include "run/manifest.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "support.h"

namespace dlrun::manifest_test {
namespace {

Manifest example() {
  Manifest manifest;
  manifest.checkpoint = {.step = 500, .recipe_hash = "abc", .world_size = 2, .score = Score{"val/loss", 0.25}};
  manifest.checkpoint.values = {{"epoch", 3}, {"order", {1, 2}}};
  manifest.files["rank-0.safetensors"] = {1234, hash_hex("x")};
  return manifest;
}

// Changes a few bits, or cuts, or inserts; never nothing.
std::string damaged(const std::string& text, Random& random) {
  std::string result = text;
  size_t at = static_cast<size_t>(random.below(static_cast<int64_t>(text.size())));
  switch (random.below(4)) {
    case 0:
      result.resize(at);
      break;
    case 1:
      result.insert(at, 1, static_cast<char>(random.below(256)));
      break;
    case 2:
      result.erase(at, 1);
      break;
    default:
      result[at] = static_cast<char>(result[at] ^ (1 << random.below(8)));
      break;
  }
  return result;
}

TEST_CASE("a manifest reads back as it was written") {
  std::string text = write_manifest(example());
  Manifest read = read_manifest("m", text);
  CHECK(read.checkpoint.step == 500);
  CHECK(read.checkpoint.recipe_hash == "abc");
  CHECK(read.checkpoint.world_size == 2);
  CHECK(read.checkpoint.score->name == "val/loss");
  CHECK(read.checkpoint.score->value == 0.25);
  CHECK(read.checkpoint.values == example().checkpoint.values);
  CHECK(read.files["rank-0.safetensors"].size == 1234);
  CHECK(read.files["rank-0.safetensors"].hash == hash_hex("x"));
  CHECK(write_manifest(read) == text);
  CHECK(nlohmann::json::parse(text)["step"] == 500);  // plain JSON for others
}

TEST_CASE("1000 manifests with one fault each are all refused") {
  std::string text = write_manifest(example());
  Random random(5, 1);
  for (int round = 0; round < 1000; ++round) {
    std::string bad = damaged(text, random);
    if (bad == text) continue;
    INFO(bad);
    REQUIRE_THROWS_AS(read_manifest("m", bad), UserError);
  }
}

TEST_CASE("a manifest with a right hash and wrong content is refused, not a crash") {
  auto sealed = [](const std::string& body) { return body + ",\n  \"xxh3_128\": \"" + hash_hex(body) + "\"\n}\n"; };
  for (const std::string& body :
       {std::string("{\"format\": 1"), std::string("{\"format\": 2"), std::string("{\"step\": 1"), std::string("["),
        std::string("{\"format\": 1, \"values\": ") + std::string(100000, '[') + std::string(100000, ']')}) {
    try {
      read_manifest("m", sealed(body));
      FAIL();
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_data);
    }
  }
}

TEST_CASE("1000 checkpoints with one fault each are passed over for the one before") {
  set_log_verbosity(-2);
  test::TempDir folder;
  CheckpointStore store(folder / "c");
  store.recover();
  State state;
  state.tensors = {{"weight", at::randn({100})}, {"count", at::arange(10)}};
  state.values = {{"epoch", 1}};
  store.save(1, state);
  store.save(2, state);
  Random random(5, 2);
  for (int round = 0; round < 1000; ++round) {
    std::string path =
        folder / (round % 3 == 0 ? "c/step-00000002/manifest.json" : "c/step-00000002/rank-0.safetensors");
    std::string good = test::read_bytes(path), bad = damaged(good, random);
    if (bad == good) continue;
    folder.write(path, bad);
    auto latest = store.latest();
    REQUIRE(latest);
    REQUIRE(latest->step == 1);
    folder.write(path, good);
  }
  CHECK(store.latest()->step == 2);
  FileSystem::instance().remove(folder / "c/step-00000002/manifest.json");
  CHECK(store.latest()->step == 1);
  FileSystem::instance().remove(folder / "c/step-00000001/rank-0.safetensors");
  CHECK_THROWS_WITH(store.latest(), Catch::Contains("every checkpoint in it is damaged"));
  set_log_verbosity(0);
}

TEST_CASE("pruning deletes nothing when the newest checkpoint does not read back") {
  test::TempDir folder;
  CheckpointStore store(folder / "c");
  store.recover();
  State state;
  state.tensors = {{"weight", at::ones({10})}};
  store.save(1, state);
  store.save(2, state);
  std::string path = folder / "c/step-00000002/rank-0.safetensors", bytes = test::read_bytes(path);
  bytes.back() ^= 1;
  folder.write(path, bytes);
  try {
    store.keep_only({2});
    FAIL();
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::io_error);
  }
  CHECK(FileSystem::instance().exists(folder / "c/step-00000001/manifest.json"));
}

}  // namespace
}  // namespace dlrun::manifest_test
