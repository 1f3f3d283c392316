// A page about an exported network for who is given it. (Mitchell et al. 2019, Model Cards for Model Reporting)

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eval/sample_measures.h"
#include "experiment/restored.h"

namespace dlrun {

struct CardResult {
  std::string name;  // "accuracy"
  double value = 0.0;
  std::optional<Interval> interval;  // of 95 %; none where the metric gives none, or nothing was evaluated
};

// What is known of how good the network is.
struct CardResults {
  std::string split;     // "test"; empty where nothing was measured
  int64_t samples = -1;  // -1: not known, the data were not opened
  std::vector<CardResult> results;
};

// Evaluates the held-out samples of a run whose data are open; otherwise what its training wrote down of the same
// checkpoint.
CardResults card_results(const Restored& run, bool progress);

// Markdown. `files` are names without folders, `facts` what the exporter found (null for nothing). Names no path: those
// of the machine it was trained on are nobody's business.
std::string model_card(const Restored& run, const CardResults& results, const std::vector<std::string>& files,
                       const nlohmann::ordered_json& facts);

}  // namespace dlrun
