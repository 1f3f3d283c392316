// manifest.json of a checkpoint: what it holds, with sizes and hashes, its own included.

#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "run/checkpoint.h"
#include "run/safetensors.h"

namespace dlrun {

struct Manifest {
  Checkpoint checkpoint;                     // without its folder
  std::map<std::string, WrittenFile> files;  // by name inside the folder
};

std::string write_manifest(const Manifest& manifest);
// Throws UserError(bad_data) with `path` when the text differs by a single byte from what write_manifest() made.
Manifest read_manifest(const std::string& path, std::string_view text);

// JSON has no numbers that are not finite; they travel as {"not_finite": "inf"}.
nlohmann::json encode_doubles(const nlohmann::json& value);
nlohmann::json decode_doubles(const nlohmann::json& value);

}  // namespace dlrun
