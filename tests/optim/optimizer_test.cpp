// Optimizers over flat buffers against torch.optim: five steps with given gradients.

#include "optim/optimizer.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "golden.h"
#include "optim/flat_parameters.h"
#include "spec/catalog.h"
#include "spec/read.h"

namespace dlrun {
namespace {

at::Tensor wave(at::IntArrayRef shape, double phase) {
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(std::sin(0.7 * static_cast<double>(i) + phase));
  return at::tensor(values, at::kDouble).to(at::kFloat).reshape(shape);
}

struct OptimizerHolder final : Params {
  Choice<Optimizer> optimizer;
  std::vector<Field> fields() override { return {field("optimizer", optimizer, "Under test.")}; }
};

// Five steps of the optimizer written as YAML; parameters by name.
std::map<std::string, at::Tensor> trajectory(const std::string& yaml, bool channels_last, int save_after = -1) {
  OptimizerHolder holder;
  read_text("optimizer: " + yaml + "\n", "test.yaml", {}, holder);
  std::map<std::string, at::Tensor> tensors = {
      {"a.weight", wave({3, 2}, 0.0)}, {"a.bias", wave({3}, 0.1)}, {"b.weight", wave({2, 2, 3, 3}, 0.2)}};
  std::vector<ParameterSlot> slots;
  for (const char* name : {"a.weight", "a.bias", "b.weight"}) {
    tensors[name].set_requires_grad(true);
    slots.push_back({name, &tensors[name]});
  }
  auto parameters = std::make_unique<FlatParameters>(slots, *holder.optimizer, channels_last);
  for (int step = 0; step < 5; ++step) {
    if (step == save_after) {  // What a checkpoint does: into fresh buffers, by name.
      TensorList saved;
      for (const auto& [name, tensor] : parameters->state()) saved.emplace_back(name, tensor.clone());
      auto fresh = std::make_unique<FlatParameters>(slots, *holder.optimizer, channels_last);
      fresh->load_state(saved);
      parameters = std::move(fresh);
    }
    parameters->zero_gradients();
    for (size_t k = 0; k < slots.size(); ++k)
      if (slots[k].tensor->requires_grad())
        slots[k].tensor->mutable_grad().add_(wave(slots[k].tensor->sizes(), 0.3 * step + static_cast<double>(k)));
    const auto* optimizer = &*holder.optimizer;
    parameters->step(optimizer->lr);
  }
  std::map<std::string, at::Tensor> result;
  for (auto& [name, tensor] : tensors) result[name] = tensor.detach().clone();
  return result;
}

TEST_CASE("optimizers move parameters exactly as torch.optim does") {
  const nlohmann::json golden = read_golden("optim");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"adamw", "{type: adamw, lr: 0.01, weight_decay: 0.1}"},
      {"adamw_all_decayed_amsgrad",
       "{type: adamw, lr: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weight_decay: 0.1, amsgrad: true, "
       "decay_norm_and_bias: true}"},
      {"sgd", "{type: sgd, lr: 0.1}"},
      {"sgd_momentum", "{type: sgd, lr: 0.1, momentum: 0.9, dampening: 0.2, weight_decay: 0.01}"},
      {"sgd_nesterov",
       "{type: sgd, lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 0.01, decay_norm_and_bias: true}"},
  };
  for (const auto& [name, yaml] : cases) {
    for (bool channels_last : {false, true}) {
      for (int save_after : {-1, 2}) {
        INFO(name << ", channels_last " << channels_last << ", saved after " << save_after);
        for (const auto& [parameter, tensor] : trajectory(yaml, channels_last, save_after)) {
          const auto expected = at::tensor(golden[name][parameter].get<std::vector<double>>(), at::kDouble);
          const double error = (tensor.to(at::kDouble).flatten() - expected).abs().max().item<double>();
          INFO(parameter);
          CHECK(error < 1e-6);
        }
      }
    }
  }
}

TEST_CASE("a group's learning rate and weight decay replace the optimizer's, and 0 freezes") {
  const auto frozen = trajectory("{type: sgd, lr: 0.1, groups: [{match: 'b\\.', lr_scale: 0}]}", false);
  const auto plain = trajectory("{type: sgd, lr: 0.1}", false);
  CHECK(at::equal(frozen.at("b.weight"), wave({2, 2, 3, 3}, 0.2)));
  CHECK(at::equal(frozen.at("a.weight"), plain.at("a.weight")));
  const auto slower = trajectory("{type: sgd, lr: 0.1, groups: [{match: 'b\\.', lr_scale: 0.5}]}", false);
  const at::Tensor start = wave({2, 2, 3, 3}, 0.2);
  const at::Tensor half = (plain.at("b.weight") - start) * 0.5;
  CHECK((slower.at("b.weight") - start - half).abs().max().item<double>() < 1e-6);
}

TEST_CASE("a group that matches nothing is an error") {
  OptimizerHolder holder;
  read_text("optimizer: {type: sgd, groups: [{match: nothing}]}\n", "test.yaml", {}, holder);
  CHECK_NOTHROW(require_matches(*holder.optimizer, {"layers.0.weight", "nothing.weight"}));
  try {
    require_matches(*holder.optimizer, {"layers.0.weight", "layers.0.bias"});
    FAIL("accepted");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    CHECK(std::string(error.what()) == "optimizer.groups.0.match: \"nothing\" matches no parameter");
  }
}

TEST_CASE("penalties add the gradient of l1 and l2 to weights, not to biases") {
  OptimizerHolder holder;
  read_text("optimizer: {type: sgd, groups: [{match: other, l1: 0, l2: 2}]}\n", "test.yaml", {}, holder);
  at::Tensor other = wave({2, 2}, 0.7).set_requires_grad(true);
  at::Tensor weight = wave({3, 2}, 0.4).set_requires_grad(true), bias = wave({3}, 0.1).set_requires_grad(true);
  FlatParameters parameters({{"weight", &weight}, {"bias", &bias}, {"other", &other}}, *holder.optimizer, false);
  parameters.add_penalty(0.25, 0.5);
  const at::Tensor expected = 0.5 * weight.detach() + 0.25 * weight.detach().sign();
  CHECK((weight.grad() - expected).abs().max().item<double>() < 1e-7);
  CHECK(bias.grad().abs().max().item<double>() == 0.0);
  CHECK((other.grad() - 2 * other.detach()).abs().max().item<double>() < 1e-7);
  const double norm = std::hypot(expected.norm().item<double>(), 2 * other.detach().norm().item<double>());
  CHECK(parameters.gradient_norm() == Approx(norm).epsilon(1e-6));
}

}  // namespace
}  // namespace dlrun
