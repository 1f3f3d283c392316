// A hundred steps of an optimizer, as tests/golden/optim/trajectory.py takes them with the original.

#pragma once

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "golden.h"
#include "optim/flat_parameters.h"
#include "optim/schedule.h"
#include "spec/read.h"

namespace dlrun::test {

struct OptimizerHolder final : Params {
  Choice<Optimizer> optimizer;
  explicit OptimizerHolder(const std::string& yaml) { read_text("optimizer: " + yaml + "\n", "test.yaml", {}, *this); }
  std::vector<Field> fields() override { return {field("optimizer", optimizer, "Under test.")}; }
};

struct ScheduleHolder final : Params {
  Choice<Schedule> lr_scheduler;
  explicit ScheduleHolder(const std::string& yaml) {
    read_text("lr_scheduler: " + yaml + "\n", "test.yaml", {}, *this);
  }
  std::vector<Field> fields() override { return {field("lr_scheduler", lr_scheduler, "Under test.")}; }
};

struct TrajectoryOptions {
  bool channels_last = false;
  int save_after = -1;    // steps after which all goes through what a checkpoint holds
  std::string zero;       // a parameter that starts at 0
  bool averages = false;  // gives the optimizer's averages instead of the parameters
  std::function<Setting(int64_t step, double lr)> setting = [](int64_t, double lr) { return Setting{.lr = lr}; };
};

constexpr int64_t trajectory_steps = 100;

// The parameters after the last step, by name.
inline std::map<std::string, at::Tensor> trajectory(const Optimizer& optimizer, const TrajectoryOptions& options = {}) {
  const std::vector<std::pair<std::string, std::vector<int64_t>>> shapes = {
      {"a.weight", {6, 4}}, {"a.bias", {6}}, {"b.weight", {3, 2, 3, 3}}, {"c.weight", {3, 6}}};
  std::map<std::string, at::Tensor> tensors;
  std::vector<NamedTensor> slots;
  for (size_t k = 0; k < shapes.size(); ++k) {
    const auto& [name, shape] = shapes[k];
    tensors[name] = numbers(shape, 0.5 + static_cast<double>(k));
    if (name == options.zero) tensors[name].zero_();
    tensors[name].set_requires_grad(true);
    slots.push_back({name, &tensors[name]});
  }
  optimizer.check(slots);
  auto parameters = std::make_unique<FlatParameters>(slots, optimizer, options.channels_last);
  for (int64_t step = 0; step < trajectory_steps; ++step) {
    if (step == options.save_after) {
      TensorList saved;
      for (const auto& [name, tensor] : parameters->state()) saved.emplace_back(name, tensor.clone());
      auto fresh = std::make_unique<FlatParameters>(slots, optimizer, options.channels_last);
      fresh->load_state(saved);
      parameters = std::move(fresh);
    }
    parameters->zero_gradients();
    for (size_t k = 0; k < slots.size(); ++k) {
      const at::Tensor& weight = *slots[k].tensor;
      const double phase = 1.0 + 0.37 * static_cast<double>(step) + static_cast<double>(k);
      if (weight.requires_grad()) weight.mutable_grad().add_(weight.detach() * 0.5 + numbers(weight.sizes(), phase));
    }
    parameters->step(options.setting(step, optimizer.lr));
  }
  std::map<std::string, at::Tensor> result;
  for (const auto& [name, tensor] : tensors) result[name] = tensor.detach().clone();
  if (options.averages)
    for (const auto& [name, tensor] : parameters->named(parameters->averages())) result[name] = tensor.clone();
  return result;
}

inline void check_weights(const std::map<std::string, at::Tensor>& weights, const nlohmann::json& golden,
                          double tolerance = 1e-6) {
  REQUIRE(weights.size() == golden.size());
  for (const auto& [name, tensor] : weights) {
    INFO(name);
    CHECK(relative_difference(tensor, golden.at(name)) < tolerance);
  }
}

// In both memory orders, in one go and by way of a checkpoint.
inline void check_trajectory(const std::string& yaml, const nlohmann::json& golden, double tolerance = 1e-6,
                             TrajectoryOptions options = {}) {
  const OptimizerHolder holder(yaml);
  for (const bool channels_last : {false, true})
    for (const int save_after : {-1, 1, 40}) {
      INFO(yaml << ", channels_last " << channels_last << ", saved after " << save_after);
      options.channels_last = channels_last;
      options.save_after = save_after;
      check_weights(trajectory(*holder.optimizer, options), golden, tolerance);
    }
}

// What the schedule says before each of so many steps of a training.
inline std::vector<Setting> settings(const std::string& yaml, double base, int64_t steps, const TrainingSpan& span) {
  const ScheduleHolder holder(yaml);
  std::vector<Setting> settings;
  for (int64_t step = 0; step < steps; ++step)
    settings.push_back(holder.lr_scheduler->at(base, {step, span.total_steps, span.steps_per_epoch, {}, false}));
  return settings;
}

inline std::vector<double> rates(const std::string& yaml, double base, int64_t steps, const TrainingSpan& span) {
  std::vector<double> rates;
  for (const Setting& setting : settings(yaml, base, steps, span)) {
    CHECK_FALSE(setting.momentum.has_value());
    rates.push_back(setting.lr);
  }
  return rates;
}

// The golden numbers have eight digits.
inline void check_rates(const std::vector<double>& ours, const nlohmann::json& golden) {
  REQUIRE(ours.size() == golden.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    INFO("step " << i);
    CHECK(ours[i] == Approx(golden[i].get<double>()).epsilon(1e-7));
  }
}

// What reading this YAML is refused with; empty: it is read.
template <class Holder>
std::string refusal(const std::string& yaml) {
  try {
    const Holder holder(yaml);
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "";
}

}  // namespace dlrun::test
