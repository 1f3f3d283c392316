// Which checkpoint is best so far, and whether training still gets better.

#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiment/recipe.h"

namespace dlrun {

// The k best validations. Of equals the one with the lower loss is better, then the later one: it was trained longer.
class BestSteps {
 public:
  BestSteps(int64_t keep, bool higher) : keep_(keep), higher_(higher) {}
  // Takes a validation, with its loss where it has one; true when it is among the k best.
  bool offer(int64_t step, double value, const std::optional<double>& loss = {});
  bool higher() const { return higher_; }  // whether a higher number is better
  std::vector<int64_t> steps() const;
  std::optional<std::pair<int64_t, double>> best() const;
  nlohmann::json save() const;
  void load(const nlohmann::json& saved);

 private:
  struct Ranked {
    int64_t step;
    double value, loss;  // the loss infinite where there is none
  };
  int64_t keep_;
  bool higher_;
  std::vector<Ranked> ranking_;  // best first
};

// Counts validations without improvement. (Prechelt 1998)
class Patience {
 public:
  Patience(const EarlyStopping& settings, bool higher) : settings_(settings), higher_(higher) {}
  void offer(double value);  // one that is not finite is no improvement
  bool exhausted() const { return waited_ >= settings_.patience; }
  nlohmann::json save() const;
  void load(const nlohmann::json& saved);

 private:
  const EarlyStopping& settings_;
  bool higher_;
  std::optional<double> best_;
  int64_t waited_ = 0;
};

}  // namespace dlrun
