// Files that dlrun wrote are input like any other: a manifest, or what was kept of a step that diverged, whose hash is
// right and whose content is not, is told as bad data, with its key.

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "run/safetensors.h"
#include "support.h"
#include "train/replay.h"
#include "train/train.h"

namespace dlrun::stored_json_test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

TrainOptions options_of(const test::TempDir& temp, const std::string& run, const std::vector<std::string>& more) {
  std::string table = "x,y\n";
  for (int i = 0; i < 24; ++i) table += std::to_string(i) + "," + std::to_string(2 * i + 1) + "\n";
  temp.write("t.csv", table);
  TrainOptions options;
  options.recipe = temp.write(
      "recipe.yaml",
      "version: 1\nname: small\ntask: regression\n"
      "data: {type: csv, path: " +
          (temp / "t.csv") +
          ", target: y, val: {split: 0.25}}\n"
          "architecture: {type: mlp, widths: [4]}\noptimizer: {type: adamw, lr: 0.01}\n"
          "trainer: {max_steps: 4, batch_size: 8}\nhardware: {threads: 1, accelerator: cpu, loader_threads: 0}\n");
  options.overrides = {"output_dir=" + run};
  options.overrides.insert(options.overrides.end(), more.begin(), more.end());
  options.verbosity = -2;
  options.json = options.progress = false;
  return options;
}

// A manifest of this content, with the hash that belongs to it.
std::string sealed(const json& root) {
  std::string body = root.dump(2);
  body.resize(body.size() - 2);
  return body + ",\n  \"xxh3_128\": \"" + hash_hex(body) + "\"\n}\n";
}

// Every place of a value, down to the third level, and not into lists.
void places_in(const json& value, const json::json_pointer& here, int depth, std::vector<json::json_pointer>& places) {
  if (!value.is_object() || depth == 0) return;
  for (const auto& [key, inner] : value.items()) {
    places.push_back(here / key);
    places_in(inner, here / key, depth - 1, places);
  }
}

std::vector<json> damages_of(const json& whole, int depth) {
  std::vector<json::json_pointer> places;
  places_in(whole, json::json_pointer(), depth, places);
  std::vector<json> damages;
  for (const json::json_pointer& place : places) {
    json without = whole;
    without.at(place.parent_pointer()).erase(place.back());
    damages.push_back(without);
    for (const json& other : {json("text"), json(int64_t{1} << 62), json(-3), json(), json::array({1, "a"})}) {
      if (whole.at(place).type() == other.type() && !other.is_number()) continue;
      json changed = whole;
      changed.at(place) = other;
      damages.push_back(changed);
    }
  }
  return damages;
}

// "" where it went well or was refused as bad data, in a sentence.
std::string wrong_outcome(const std::function<void()>& action) {
  try {
    action();
    return "";
  } catch (const UserError& error) {
    const std::string text = error.what();
    if (text.find("C++ CapturedTraceback") != std::string::npos || text.find("[enforce") != std::string::npos)
      return "a raw error: " + text;
    return error.code() == ExitCode::bad_data ? ""
                                              : "code " + std::to_string(static_cast<int>(error.code())) + ": " + text;
  } catch (const std::exception& error) {
    return std::string("a mistake of dlrun: ") + error.what();
  }
}

TEST_CASE("manifests with the right hash and missing or mistyped keys are bad data, never a mistake of dlrun") {
  set_log_verbosity(-2);
  test::TempDir temp;
  REQUIRE(dlrun_train(options_of(temp, temp / "run", {})) == 0);
  const std::string place = "checkpoints/step-00000004/manifest.json";
  json manifest = json::parse(test::read_bytes(temp / ("run/" + place)));
  manifest.erase("xxh3_128");
  const std::vector<json> damages = damages_of(manifest, 3);
  REQUIRE(damages.size() > 200);
  for (const json& damage : damages) {
    fs::remove_all(temp / "copy");
    fs::copy(temp / "run", temp / "copy", fs::copy_options::recursive);
    temp.write("copy/" + place, sealed(damage));
    const std::string wrong = wrong_outcome([&] {
      TrainOptions options = options_of(temp, temp / "copy", {"trainer.max_steps=5"});
      options.resume = true;
      dlrun_train(options);
    });
    INFO(json::diff(manifest, damage).dump());
    CHECK(wrong == "");
  }
  set_log_verbosity(0);
}

TEST_CASE("a manifest's error names the file and the key") {
  set_log_verbosity(-2);
  test::TempDir temp;
  REQUIRE(dlrun_train(options_of(temp, temp / "run", {})) == 0);
  const std::string place = "run/checkpoints/step-00000004/manifest.json";
  json manifest = json::parse(test::read_bytes(temp / place));
  manifest.erase("xxh3_128");
  const auto error_with = [&](const char* pointer, const json& value) -> std::string {
    json changed = manifest;
    changed[json::json_pointer(pointer)] = value;
    temp.write(place, sealed(changed));
    TrainOptions options = options_of(temp, temp / "run", {"trainer.max_steps=5"});
    options.resume = true;
    try {
      dlrun_train(options);
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_data);
      return error.what();
    }
    return "";
  };
  using Catch::Contains;
  CHECK_THAT(error_with("/values/position/epoch", int64_t{1} << 62), Contains("values.position.epoch: must be"));
  CHECK_THAT(error_with("/values/position/batch", "one"), Contains("values.position.batch: expected"));
  CHECK_THAT(error_with("/values/position/step", 3), Contains("values.position.step: 3"));
  CHECK_THAT(error_with("/values/recovery/rate_factor", -1), Contains("values.recovery.rate_factor: must be"));
  CHECK_THAT(error_with("/values/metrics_bytes", "all"), Contains("values.metrics_bytes: expected"));
  CHECK_THAT(error_with("/values/fitted", "nothing"), Contains("\"fitted\""));
  set_log_verbosity(0);
}

TEST_CASE("what was kept of a step that diverged is read as strictly") {
  set_log_verbosity(-2);
  test::TempDir temp;
  CHECK_THROWS_AS(dlrun_train(options_of(temp, temp / "run", {"optimizer.lr=1e30", "trainer.max_steps=50"})),
                  UserError);
  REQUIRE(fs::exists(temp / "run/divergence"));
  const std::string folder = (*fs::directory_iterator(temp / "run/divergence")).path().string();
  const auto replayed = [&] {
    ReplayOptions options;
    options.folder = folder;
    options.verbosity = -2;
    options.json = true;
    const int code = dlrun_replay(options);
    CHECK(code == static_cast<int>(ExitCode::diverged));
  };
  replayed();
  const std::string report_file = folder + "/report.json";
  const std::string report = test::read_bytes(report_file);
  const auto write = [](const std::string& path, const std::string& text) { std::ofstream(path) << text; };
  for (const json& damage : damages_of(json::parse(report), 1)) {
    write(report_file, damage.dump());
    INFO(damage.dump());
    CHECK(wrong_outcome(replayed) == "");
  }
  write(report_file, report);
  const Safetensors batch = read_safetensors(folder + "/batch.safetensors");
  const TensorList tensors = [&] {
    TensorList copies;
    for (const auto& [name, tensor] : batch.tensors) copies.emplace_back(name, tensor.clone());
    return copies;
  }();
  for (const std::string count : {"many", "-1", "4611686018427387904", ""}) {
    auto metadata = batch.metadata;
    metadata["count"] = count;
    save_safetensors(folder + "/batch.safetensors", tensors, metadata);
    INFO(count);
    CHECK(wrong_outcome(replayed) == "");
  }
  for (const std::string rows : {"[]", "7", "{\"input\": 5}", "none"}) {
    auto metadata = batch.metadata;
    metadata["rows"] = rows;
    save_safetensors(folder + "/batch.safetensors", tensors, metadata);
    INFO(rows);
    CHECK(wrong_outcome(replayed) == "");
  }
  save_safetensors(folder + "/batch.safetensors", {{"input", at::ones({3, 99})}}, batch.metadata);
  CHECK(wrong_outcome(replayed) == "");
  save_safetensors(folder + "/batch.safetensors", {}, batch.metadata);
  CHECK(wrong_outcome(replayed) == "");
  set_log_verbosity(0);
}

}  // namespace
}  // namespace dlrun::stored_json_test
