// The manifest as JSON that ends in a hash of everything before it, so that damage is found before anything is parsed.

#include "run/manifest.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/hash.h"
#include "spec/read_json.h"

namespace dlrun {
namespace {

constexpr int format = 1;
constexpr int deepest = 100;

std::string ending(std::string_view body) { return fmt::format(",\n  \"xxh3_128\": \"{}\"\n}}\n", hash_hex(body)); }

nlohmann::json decode(const nlohmann::json& value, int depth) {
  if (depth > deepest) throw std::out_of_range("nested too deeply");
  if (value.is_object() && value.size() == 1 && value.contains("not_finite")) {
    const std::string text = value["not_finite"];
    double infinity = std::numeric_limits<double>::infinity();
    return text == "nan" ? std::numeric_limits<double>::quiet_NaN() : text == "inf" ? infinity : -infinity;
  }
  if (!value.is_structured()) return value;
  nlohmann::json result = value;
  for (auto& [key, item] : result.items()) item = decode(item, depth + 1);
  return result;
}

constexpr double most_steps = 1e15;

struct StoredScore final : Params {
  std::string name;
  double value = 0.0;
  std::optional<double> loss;
  std::vector<Field> fields() override {
    return {field("name", name, "What was monitored.", required()),
            field("value", value, "Its value.", required(), may_be_infinite()),
            field("loss", loss, "The validation loss with it.", may_be_infinite())};
  }
};

struct StoredFile final : Params {
  int64_t size = 0;
  std::string hash;
  std::vector<Field> fields() override {
    return {field("size", size, "Bytes.", required(), at_least(0)), field("xxh3_128", hash, "Of them.", required())};
  }
};

// Everything but `files`, whose keys are names, and `values`, which belong to their parts.
struct StoredManifest final : Params {
  int64_t format = 0, step = 0, world_size = 1;
  std::string recipe_hash;
  Optional<StoredScore> score;
  std::vector<Field> fields() override {
    return {field("format", format, "Version of this format.", required(), at_least(1)),
            field("step", step, "Steps done.", required(), between(0, most_steps)),
            field("world_size", world_size, "Processes that trained.", required(), between(1, 1 << 20)),
            field("recipe_hash", recipe_hash, "Of the recipe.", required()),
            field("score", score, "What it was worth.")};
  }
};

Manifest manifest_of(const nlohmann::json& root, const std::string& path) {
  StoredManifest stored;
  read_json(root, path, "", stored);
  if (stored.format != format) throw std::out_of_range("it was written by a newer dlrun");
  Manifest manifest;
  Checkpoint& checkpoint = manifest.checkpoint;
  checkpoint.step = stored.step;
  checkpoint.recipe_hash = stored.recipe_hash;
  checkpoint.world_size = stored.world_size;
  checkpoint.values = root.at("values");
  if (stored.score) checkpoint.score = Score{stored.score->name, stored.score->value, stored.score->loss};
  for (const auto& [name, file] : root.at("files").items()) {
    StoredFile entry;
    read_json(file, path, "files." + name, entry);
    // A checkpoint names the files beside its manifest, and no others.
    if (name.find('/') != std::string::npos || name == "..") throw std::out_of_range("files." + name + ": no name");
    manifest.files[name] = {static_cast<uint64_t>(entry.size), entry.hash};
  }
  return manifest;
}

}  // namespace

nlohmann::json encode_doubles(const nlohmann::json& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    double number = value.get<double>();
    return {{"not_finite", std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf"}};
  }
  if (!value.is_structured()) return value;
  nlohmann::json result = value;
  for (auto& [key, item] : result.items()) item = encode_doubles(item);
  return result;
}

nlohmann::json decode_doubles(const nlohmann::json& value) { return decode(value, 0); }

std::string write_manifest(const Manifest& manifest) {
  const Checkpoint& checkpoint = manifest.checkpoint;
  nlohmann::json root = {{"format", format},
                         {"step", checkpoint.step},
                         {"recipe_hash", checkpoint.recipe_hash},
                         {"world_size", checkpoint.world_size},
                         {"files", nlohmann::json::object()},
                         {"values", checkpoint.values}};
  for (const auto& [name, file] : manifest.files) {
    root["files"][name] = {{"size", file.size}, {"xxh3_128", file.hash}};
  }
  if (checkpoint.score) {
    root["score"] = {{"name", checkpoint.score->name}, {"value", checkpoint.score->value}};
    if (checkpoint.score->loss) root["score"]["loss"] = *checkpoint.score->loss;  // Earlier versions had none.
  }
  std::string body = encode_doubles(root).dump(2);
  body.resize(body.size() - 2);  // without "\n}"
  return body + ending(body);
}

Manifest read_manifest(const std::string& path, std::string_view text) {
  auto fail = [&](const std::string& what) {
    return UserError(ExitCode::bad_data, fmt::format("{}: the manifest is damaged: {}", path, what));
  };
  size_t length = ending("").size();
  std::string_view body = text.substr(0, text.size() - std::min(text.size(), length));
  if (text.substr(body.size()) != ending(body)) throw fail("its hash does not match");
  try {
    // Copying a value recurses, so one nested without end would overflow the stack.
    const auto shallow = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
      if (depth > deepest) throw fail("its values are nested too deep");
      return true;
    };
    return manifest_of(decode_doubles(nlohmann::json::parse(text, shallow)), path);
  } catch (const nlohmann::json::exception& error) {
    throw fail(error.what());
  } catch (const std::out_of_range& error) {
    throw fail(error.what());
  }
}

}  // namespace dlrun
