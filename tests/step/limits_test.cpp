// What is done to gradients and weights around an update, against timm's and torch's numbers.

#include "step/limits.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "data/augmented.h"
#include "golden.h"

namespace dlrun::limits_test {
namespace {

const std::vector<std::pair<std::string, std::vector<int64_t>>> shapes = {
    {"conv", {4, 3, 2, 2}}, {"linear", {5, 7}}, {"bias", {6}}, {"zero", {3, 4}}};

}  // namespace

TEST_CASE("the gradient of each unit is held to a share of the norm of its weights") {
  const nlohmann::json golden = read_golden("limits")["clipped"];
  for (const auto& [name, shape] : shapes) {
    INFO(name);
    std::vector<int64_t> rows(shape.size(), 1);
    rows[0] = shape[0];
    const at::Tensor weights = numbers(shape, 0.5) * (name == "zero" ? 0 : 1);
    const at::Tensor given = numbers(shape, 1.5) * at::linspace(0.001, 1, shape[0]).view(rows);
    const Piece piece{name, weights, given.clone(), {}};
    clip_adaptively({piece}, 0.05, 1e-3);
    CHECK(piece.gradient.allclose(test::from_json(golden[name]).to(at::kFloat), 1e-6, 1e-9));
    CHECK_FALSE(piece.gradient.equal(given));
  }
}

TEST_CASE("weights of a unit are held to a norm, and vectors and other names are left") {
  const nlohmann::json golden = read_golden("limits")["held"];
  MaxNorm limit;
  limit.match = "conv|linear|bias";
  limit.value = 1.2;
  std::vector<Piece> pieces;
  for (const auto& [name, shape] : shapes) pieces.push_back({name, numbers(shape, 0.5), at::zeros(shape), {}});
  const std::vector<Piece> held = weights_under(limit, pieces);
  REQUIRE(held.size() == 2);
  hold_max_norm(held, limit.value);
  for (const Piece& piece : pieces) {
    INFO(piece.name);
    const bool limited = golden.contains(piece.name);
    CHECK(piece.parameter.equal(numbers(piece.parameter.sizes(), 0.5)) == !limited);
    if (limited) CHECK(piece.parameter.allclose(test::from_json(golden[piece.name]).to(at::kFloat), 1e-6, 1e-7));
  }
}

TEST_CASE("noise on gradients has the variance of its step, and is the same for the same step, player and seed") {
  const GradientNoise noise;  // eta 0.01, gamma 0.55
  const auto drawn = [&](uint64_t seed, int64_t step, size_t player) {
    const at::Tensor gradient = at::ones({40000});
    add_noise(noise, {gradient}, seed, step, player);
    return gradient;
  };
  for (const int64_t step : {0, 9, 999}) {
    const double deviation = std::sqrt(0.01 / std::pow(1.0 + static_cast<double>(step), 0.55));
    CHECK(drawn(1, step, 0).std().item<double>() == Approx(deviation).epsilon(0.03));
    CHECK(drawn(1, step, 0).mean().item<double>() == Approx(1.0).margin(4 * deviation / 200));
  }
  const at::Tensor one = drawn(1, 7, 0);
  at::rand({3});  // The run's own stream has no part in it.
  CHECK(one.equal(drawn(1, 7, 0)));
  CHECK_FALSE(one.equal(drawn(2, 7, 0)));
  CHECK_FALSE(one.equal(drawn(1, 8, 0)));
  CHECK_FALSE(one.equal(drawn(1, 7, 1)));
}

}  // namespace dlrun::limits_test
