// The flat buffers: penalties, pieces, state of any size, and the way back to copies.

#include "optim/flat_parameters.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "trajectory.h"

namespace dlrun::flat_parameters_test {
namespace {

using test::OptimizerHolder;

// Keeps a number for each row of a matrix and one for each number of anything else, and counts in both.
struct RowCounter final : Optimizer {
  RowCounter() : Optimizer(1.0) {}
  std::vector<Field> fields() override { return {}; }
  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    if (sizes.size() == 2) return {{"rows", {sizes[0]}}, {"whole", sizes.vec()}};
    return like_parameter({"whole"}, sizes);
  }
  void update(const Update& update) const override {
    for (const Piece& piece : update.pieces) {
      if (piece.state.has("rows")) piece.state["rows"].add_(piece.gradient.sum(1));
      piece.state["whole"].copy_(piece.gradient);
    }
    if (update.state.has("whole")) update.parameters.sub_(update.state["whole"], update.lr);
  }
};

TEST_CASE("penalties add the gradient of l1 and l2 to weights, not to biases") {
  const OptimizerHolder holder("{type: sgd, groups: [{match: other, l1: 0, l2: 2}]}");
  at::Tensor other = numbers({2, 2}, 0.7).set_requires_grad(true);
  at::Tensor weight = numbers({3, 2}, 0.4).set_requires_grad(true), bias = numbers({3}, 0.1).set_requires_grad(true);
  FlatParameters parameters({{"weight", &weight}, {"bias", &bias}, {"other", &other}}, *holder.optimizer, false);
  parameters.add_penalty(0.25, 0.5);
  const at::Tensor expected = 0.5 * weight.detach() + 0.25 * weight.detach().sign();
  CHECK((weight.grad() - expected).abs().max().item<double>() < 1e-7);
  CHECK(bias.grad().abs().max().item<double>() == 0.0);
  CHECK((other.grad() - 2 * other.detach()).abs().max().item<double>() < 1e-7);
  const double norm = std::hypot(expected.norm().item<double>(), 2 * other.detach().norm().item<double>());
  CHECK(parameters.gradient_norm() == Approx(norm).epsilon(1e-6));
}

TEST_CASE("state of other sizes than its parameter's is kept by piece, counted, saved and loaded") {
  const RowCounter optimizer;
  at::Tensor first = numbers({3, 5}, 0.1).set_requires_grad(true),
             second = numbers({2, 4}, 0.2).set_requires_grad(true);
  at::Tensor filter = numbers({2, 3, 2, 2}, 0.3).set_requires_grad(true);
  const at::Tensor start = first.detach().clone(), start_filter = filter.detach().clone();
  const std::vector<NamedTensor> slots = {{"first", &first}, {"second", &second}, {"filter", &filter}};
  FlatParameters parameters(slots, optimizer, /*channels_last=*/true);
  CHECK(parameters.kept() == 3 + 15 + 2 + 8 + 24);
  first.mutable_grad().copy_(numbers({3, 5}, 1.0));
  second.mutable_grad().copy_(numbers({2, 4}, 2.0));
  filter.mutable_grad().copy_(numbers({2, 3, 2, 2}, 3.0));
  parameters.step({.lr = 1.0});
  parameters.step({.lr = 1.0});
  std::map<std::string, at::Tensor> state;
  TensorList saved;
  for (const auto& [name, tensor] : parameters.state()) {
    state[name] = tensor;
    saved.emplace_back(name, tensor.clone());
  }
  CHECK(at::allclose(state.at("rows.first"), 2 * numbers({3, 5}, 1.0).sum(1)));
  CHECK(at::allclose(state.at("rows.second"), 2 * numbers({2, 4}, 2.0).sum(1)));
  CHECK(at::equal(state.at("whole.filter"), numbers({2, 3, 2, 2}, 3.0)));
  // Flat and by piece are the same numbers, in the order of the parameters.
  CHECK(at::allclose(first.detach(), start - 2 * numbers({3, 5}, 1.0)));
  CHECK(at::allclose(filter.detach(), start_filter - 2 * numbers({2, 3, 2, 2}, 3.0)));

  FlatParameters fresh(slots, optimizer, true);
  fresh.load_state(saved);
  const TensorList loaded = fresh.state();
  REQUIRE(loaded.size() == saved.size());
  for (size_t i = 0; i < saved.size(); ++i) CHECK(at::equal(loaded[i].second, saved[i].second));
}

TEST_CASE("a state of another shape is refused") {
  const RowCounter optimizer;
  at::Tensor weight = numbers({3, 5}).set_requires_grad(true);
  FlatParameters parameters({{"weight", &weight}}, optimizer, false);
  TensorList saved = parameters.state();
  for (auto& [name, tensor] : saved) tensor = name == "rows.weight" ? at::zeros({4}) : tensor.clone();
  try {
    parameters.load_state(saved);
    FAIL("accepted");
  } catch (const UserError& error) {
    CHECK(std::string(error.what()) == "optimizer state: \"rows.weight\" is missing or has another shape");
  }
}

TEST_CASE("going back to copies takes the count of updates back") {
  // The first update of this one differs from all later ones.
  const OptimizerHolder holder("{type: sgd, lr: 0.1, momentum: 0.9, dampening: 0.5}");
  at::Tensor weight = numbers({4, 4}).set_requires_grad(true);
  FlatParameters parameters({{"weight", &weight}}, *holder.optimizer, false);
  const std::vector<at::Tensor> before = parameters.copies();
  const auto step = [&] {
    parameters.zero_gradients();
    weight.mutable_grad().add_(numbers({4, 4}, 1.0));
    parameters.step({.lr = 0.1});
    return weight.detach().clone();
  };
  const at::Tensor once = step();
  const at::Tensor twice = step();
  parameters.assign(before);
  CHECK(at::equal(step(), once));
  CHECK(at::equal(step(), twice));
}

}  // namespace
}  // namespace dlrun::flat_parameters_test
