// What a check of the data found.

#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "audit/settings.h"
#include "data/dataset.h"

namespace dlrun {

struct SampleRef {
  std::string split;
  int64_t index = 0;  // in the split; -1: no sample, a place of a text or a node
  std::string name;   // what a person finds it by
  std::string label;  // its class; empty where there is none
};

struct Example {
  std::vector<SampleRef> samples;
  std::string detail;  // "correlation 0.998"
};

// An error makes `dlrun data check` end with exit code 65.
enum class Gravity { error, warning, note };

struct DataFinding {
  std::string name;  // "exact_overlap"
  Gravity gravity = Gravity::warning;
  std::string what;    // one sentence with numbers
  std::string advice;  // what to do about it
  int64_t count = 0, of = 0;
  std::vector<Example> examples;  // the first or the clearest, at most most_examples
  nlohmann::ordered_json numbers = nlohmann::ordered_json::object();  // more of them, for programs
};

constexpr size_t most_examples = 20;

struct AuditInput {
  const Splits& splits;  // opened with OpenOptions::keep_rows
  const DataCheckSettings& settings;
  std::vector<Unreadable> unreadable;
};

// All findings, in a fixed order: what makes a result worthless first. Errors that the settings allow become notes.
// Throws UserError(bad_recipe) for settings that do not fit the data.
std::vector<DataFinding> audit(const AuditInput& input);

}  // namespace dlrun
