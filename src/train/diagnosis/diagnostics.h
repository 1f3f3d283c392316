// Runs the diagnoses over a training: when to look, what was said, and the summary at the end.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiment/recipe.h"
#include "train/diagnosis/diagnosis.h"

namespace dlrun {

// Tells findings through `tell`: the record for metrics.jsonl and the paragraph for people. Everything it remembers is
// in save(), so that a resumed run says what an undisturbed one would.
class Diagnostics {
 public:
  using Tell = std::function<void(const nlohmann::ordered_json& record, const std::string& text)>;
  Diagnostics(const DiagnosisSettings& settings, std::vector<std::string> classes, Tell tell);

  bool due(int64_t step) const;                     // whether the step after so many is to be observed
  void step(const StepLoss& step, size_t players);  // every step, observed or not
  void look(Observation observation);
  // The targets of a step of the first epoch, and its end.
  bool counts_classes() const { return counting_; }
  void count(const at::Tensor& target);
  void epoch_done(int64_t step);
  void validated(const CurvePoint& point);
  void ended(int64_t steps);
  std::string summary() const;  // of everything found; empty when all is well

  nlohmann::json save() const;
  void load(const nlohmann::json& saved);

 private:
  bool contradicts(const std::string& name) const;  // what was found before
  void report(const std::string& name, int64_t step, const std::optional<Finding>& finding);

  const DiagnosisSettings& settings_;
  std::vector<std::string> classes_;
  Tell tell_;
  Diagnoses diagnoses_;
  double loss_sum_ = 0.0;  // since the last observation
  int64_t losses_ = 0;
  bool counting_ = false;
  std::vector<int64_t> class_counts_;
  std::vector<CurvePoint> curve_;
  std::vector<std::pair<std::string, int64_t>> found_;  // name, step
};

}  // namespace dlrun
