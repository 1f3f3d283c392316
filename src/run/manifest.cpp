// The manifest as JSON that ends in a hash of everything before it, so that damage is found before anything is parsed.

#include "run/manifest.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/hash.h"

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

Manifest manifest_of(const nlohmann::json& root) {
  if (root.at("format") != format) throw std::out_of_range("it was written by a newer dlrun");
  Manifest manifest;
  Checkpoint& checkpoint = manifest.checkpoint;
  checkpoint.step = root.at("step");
  checkpoint.recipe_hash = root.at("recipe_hash");
  checkpoint.world_size = root.at("world_size");
  checkpoint.values = root.at("values");
  if (root.contains("score")) {
    const nlohmann::json& score = root["score"];
    checkpoint.score = Score{score.at("name"), score.at("value")};
    if (score.contains("loss")) checkpoint.score->loss = score.at("loss").get<double>();
  }
  for (const auto& [name, file] : root.at("files").items()) {
    manifest.files[name] = {file.at("size"), file.at("xxh3_128")};
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
    return manifest_of(decode_doubles(nlohmann::json::parse(text, shallow)));
  } catch (const nlohmann::json::exception& error) {
    throw fail(error.what());
  } catch (const std::out_of_range& error) {
    throw fail(error.what());
  }
}

}  // namespace dlrun
