// What a report shows of a run beside its curves: data, layers, and how the held-out samples are answered. A training
// keeps it as overview.json; `report --evaluate` looks again.

#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eval/sample_measures.h"
#include "experiment/experiment.h"
#include "rehearsal/rehearsal.h"

namespace dlrun {

inline constexpr const char* overview_name = "overview.json";

// The interval of the first metric and the confusion matrix, gathered while the samples are evaluated.
class HeldOutLook {
 public:
  // When a training ends nobody waits for an interval of many samples, or of a metric that is no mean.
  enum class Patience { little, all };

  // `experiment` must outlive it.
  HeldOutLook(const Experiment& experiment, Patience patience);

  // Told of every batch that metrics measured, see EvaluateOptions::measured.
  void add(const Outcome& outcome);

  // {"split": ..., "samples": ..., "interval": {"metric", "low", "high"}, "confusion": {"rows", "columns", "cells"}},
  // without what there is none of.
  nlohmann::ordered_json record() const;

 private:
  const Experiment& experiment_;
  std::vector<size_t> headline_;  // at most one metric
  std::optional<SampleMeasures> measures_;
  std::shared_ptr<Metric> confusion_;  // whatever the recipe's own metrics are; null where there are no classes
  std::vector<at::Tensor> counts_;
};

// Sizes of the splits, what a sample is, what is to be learned; the layers, as watch() saw them.
nlohmann::ordered_json overview_of(const Experiment& experiment, const std::vector<ModuleCost>& modules);

// The overview as markup, each part of it that is there.
std::string overview_sections(const nlohmann::ordered_json& overview);

}  // namespace dlrun
