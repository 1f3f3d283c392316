// Muon and its companion against torch.optim.Muon and torch.optim.AdamW.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::muon_test {
namespace {

using test::check_trajectory;

TEST_CASE("muon goes where torch.optim.Muon and AdamW go in a hundred steps") {
  const nlohmann::json golden = read_golden("optim/muon");
  const std::string all = "companion: {match: ''}";
  check_trajectory("{type: muon, lr: 0.01, ns_precision: float32, " + all + "}", golden["exact"]);
  check_trajectory(
      "{type: muon, lr: 0.01, ns_precision: float32, momentum: 0.8, nesterov: false, weight_decay: 0.02, "
      "decay_norm_and_bias: true, " +
          all + "}",
      golden["plain_momentum"]);
  check_trajectory(
      "{type: muon, lr: 0.01, ns_precision: float32, companion: {match: '^c', lr: 0.02, beta1: 0.8, beta2: 0.99}}",
      golden["companion"]);
  check_trajectory(
      "{type: muon, lr: 0.01, ns_precision: float32, adjust_lr_fn: match_rms_adamw, ns_steps: 4, epsilon: 1e-5, "
      "ns_coefficients: [2.0, -1.5, 0.5], " +
          all + "}",
      golden["match_rms_adamw"]);
  // Eight bits a number, and each kind of processor adds up products in its own order; the exact steps are 6e-3 away.
  check_trajectory("{type: muon, lr: 0.01, " + all + "}", golden["bfloat16"], 3e-3);
}

TEST_CASE("muon's step is an orthogonal matrix, nearly") {
  const test::OptimizerHolder holder("{type: muon, lr: 1, weight_decay: 0, companion: {match: ''}}");
  at::Tensor weight = at::zeros({5, 8}).set_requires_grad(true);
  FlatParameters parameters({{"weight", &weight}}, *holder.optimizer, false);
  weight.mutable_grad().add_(numbers({5, 8}));
  parameters.step({.lr = 1.0});
  const at::Tensor values = at::linalg_svdvals(weight.detach());
  CHECK(values.min().item<float>() > 0.5f);
  CHECK(values.max().item<float>() < 1.4f);
}

TEST_CASE("muon keeps one number of a hidden weight and two of any other") {
  const test::OptimizerHolder holder("{type: muon, companion: {match: head}}");
  at::Tensor hidden = numbers({4, 3}), head = numbers({2, 4}), bias = numbers({4});
  const FlatParameters parameters({{"hidden", &hidden}, {"head", &head}, {"bias", &bias}}, *holder.optimizer, false);
  CHECK(parameters.kept() == 12 + 2 * 8 + 2 * 4);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : parameters.state()) names.push_back(name);
  CHECK(names.size() == 1 + 2 + 2 + 3);
  CHECK(std::count(names.begin(), names.end(), "momentum_buffer.hidden") == 1);
  CHECK(std::count(names.begin(), names.end(), "exp_avg_sq.head") == 1);
}

std::string problem(const std::string& yaml, const std::vector<NamedTensor>& parameters) {
  const test::OptimizerHolder holder(yaml);
  try {
    holder.optimizer->check(parameters);
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "";
}

TEST_CASE("muon without a matrix, and a companion that matches none, are refused") {
  at::Tensor matrix = numbers({4, 3}), filter = numbers({2, 4, 3, 3}), bias = numbers({4});
  const std::string yaml = "{type: muon, companion: {match: head}}";
  CHECK(problem(yaml, {{"body", &matrix}, {"head.weight", &matrix}}).empty());
  CHECK(problem(yaml, {{"body", &matrix}, {"head.bias", &bias}}) ==
        "optimizer.companion.match: \"head\" matches no weight matrix");
  CHECK(problem(yaml, {{"head.weight", &matrix}, {"conv", &filter}}).find("optimizer: muon is for weight matrices") ==
        0);
  CHECK(test::refusal<test::OptimizerHolder>("{type: muon}").find("optimizer.companion: required") !=
        std::string::npos);
  CHECK(test::refusal<test::OptimizerHolder>("{type: muon, ns_coefficients: [1, 2], companion: {match: ''}}")
            .find("optimizer.ns_coefficients: must be three numbers") != std::string::npos);
}

}  // namespace
}  // namespace dlrun::muon_test
