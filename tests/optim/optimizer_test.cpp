// What holds for every optimizer: groups, the schedule's momentum, and that none waits for the device.

#include "optim/optimizer.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "spec/catalog.h"
#include "tensor/tap.h"
#include "trajectory.h"

namespace dlrun::optimizer_test {
namespace {

using test::OptimizerHolder;

std::map<std::string, at::Tensor> weights_of(const std::string& yaml, const test::TrajectoryOptions& options = {}) {
  const OptimizerHolder holder(yaml);
  return test::trajectory(*holder.optimizer, options);
}

// Every optimizer of the catalog as YAML, with a momentum where it has one.
std::vector<std::pair<std::string, std::string>> all_optimizers() {
  std::vector<std::pair<std::string, std::string>> all;
  for (const Entry* entry : Catalog::instance().entries(Optimizer::kind)) {
    std::string yaml = "{type: " + entry->name + ", lr: 0.01";
    for (const Field& field : entry->make()->fields()) {
      if (field.name == "momentum") yaml += ", momentum: 0.9";
      if (field.name == "companion") yaml += ", companion: {match: ''}";
    }
    all.emplace_back(entry->name, yaml + "}");
  }
  return all;
}

bool has_field(const std::string& optimizer, const std::string& name) {
  const std::shared_ptr<Params> params = Catalog::instance().find(Optimizer::kind, optimizer)->make();
  const std::vector<Field> fields = params->fields();
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
}

TEST_CASE("a group's learning rate and weight decay replace the optimizer's, and 0 freezes") {
  const auto frozen = weights_of("{type: sgd, lr: 0.01, groups: [{match: '^b\\.', lr_scale: 0}]}");
  const auto plain = weights_of("{type: sgd, lr: 0.01}");
  CHECK(at::equal(frozen.at("b.weight"), numbers({3, 2, 3, 3}, 2.5)));
  CHECK(at::equal(frozen.at("a.weight"), plain.at("a.weight")));
  const auto slower = weights_of("{type: sgd, lr: 0.02, groups: [{match: '^b\\.', lr_scale: 0.5}]}");
  CHECK(at::equal(slower.at("b.weight"), plain.at("b.weight")));
  CHECK_FALSE(at::equal(slower.at("a.weight"), plain.at("a.weight")));
  const auto decayed = weights_of("{type: sgd, lr: 0.01, groups: [{match: 'a.bias', weight_decay: 0.1}]}");
  const auto all = weights_of("{type: sgd, lr: 0.01, weight_decay: 0.1, decay_norm_and_bias: true}");
  CHECK(at::equal(decayed.at("a.bias"), all.at("a.bias")));
  CHECK(at::equal(decayed.at("a.weight"), plain.at("a.weight")));
}

TEST_CASE("a group that matches nothing is an error") {
  at::Tensor weight = numbers({2, 2});
  const OptimizerHolder holder("{type: sgd, groups: [{match: nothing}]}");
  CHECK_NOTHROW(holder.optimizer->check({{"layers.0.weight", &weight}, {"nothing.weight", &weight}}));
  try {
    holder.optimizer->check({{"layers.0.weight", &weight}, {"layers.0.bias", &weight}});
    FAIL("accepted");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    CHECK(std::string(error.what()) == "optimizer.groups.0.match: \"nothing\" matches no parameter");
  }
}

TEST_CASE("a schedule's momentum replaces the momentum or beta1 of every optimizer that has one") {
  int moved = 0;
  for (const auto& [name, yaml] : all_optimizers()) {
    INFO(yaml);
    const bool has_beta1 = has_field(name, "beta1");
    if (!has_beta1 && !has_field(name, "momentum")) continue;
    std::string other = yaml;
    if (has_beta1)
      other.insert(other.size() - 1, ", beta1: 0.7");
    else
      other.replace(other.find("0.9"), 3, "0.7");
    test::TrajectoryOptions options;
    options.setting = [](int64_t, double lr) { return Setting{lr, 0.7}; };
    const auto plain = weights_of(yaml), given = weights_of(other), scheduled = weights_of(yaml, options);
    CHECK_FALSE(at::equal(plain.at("a.weight"), given.at("a.weight")));
    CHECK(at::equal(scheduled.at("a.weight"), given.at("a.weight")));
    ++moved;
  }
  CHECK(moved >= 13);
}

TEST_CASE("no optimizer reads a number of the device, unless it decides by the loss where to look next") {
  for (const auto& [name, yaml] : all_optimizers()) {
    INFO(yaml);
    const OptimizerHolder holder(yaml);
    if (holder.optimizer->evaluates()) continue;
    at::Tensor weight = numbers({4, 3}).set_requires_grad(true), bias = numbers({4}).set_requires_grad(true);
    FlatParameters parameters({{"weight", &weight}, {"bias", &bias}}, *holder.optimizer, false);
    std::vector<std::string> calls;
    const auto steps = [&] {
      for (int step = 0; step < 2; ++step) parameters.step({.lr = 0.01});
    };
    tap(steps, [&](const TappedCall& call) { calls.push_back(call.name()); });
    CHECK(calls.size() >= 4);
    for (const std::string& call : calls) {
      INFO(call);
      CHECK(call.find("_local_scalar_dense") == std::string::npos);
      CHECK(call.find("item") == std::string::npos);
      CHECK(call.find("is_nonzero") == std::string::npos);
    }
  }
}

TEST_CASE("every optimizer leaves weights without gradient finite") {
  for (const auto& [name, yaml] : all_optimizers()) {
    INFO(yaml);
    const OptimizerHolder holder(yaml);
    at::Tensor weight = numbers({4, 3}).set_requires_grad(true), zeros = at::zeros({5, 5}).set_requires_grad(true);
    FlatParameters parameters({{"weight", &weight}, {"zeros", &zeros}}, *holder.optimizer, false);
    for (int step = 0; step < 3; ++step) parameters.step({.lr = 0.01});
    CHECK(parameters.finite());
    CHECK(zeros.abs().max().item<float>() == 0.0f);
  }
}

}  // namespace
}  // namespace dlrun::optimizer_test
