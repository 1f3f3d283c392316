// What tests of losses share: a loss by its YAML, and the comparison with a reference.

#pragma once

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "golden.h"
#include "losses/loss.h"
#include "spec/read.h"

namespace dlrun {

struct LossHolder final : Params {
  Choice<Loss> loss;
  std::vector<Field> fields() override { return {field("loss", loss, "Under test.")}; }
  explicit LossHolder(const std::string& yaml) { read_text("loss: " + yaml + "\n", "test.yaml", {}, *this); }

  Weighted of(const at::Tensor& prediction, const at::Tensor& target) const {
    return loss->forward({{"output", prediction}}, {{"target", target}});
  }
};

// As wave() of golden/losses/wave.py.
inline at::Tensor wave(at::IntArrayRef shape, double phase) {
  const at::Tensor i = at::arange(c10::multiply_integers(shape), at::kDouble);
  return (2 * at::sin(0.7 * i + phase)).to(at::kFloat).reshape(shape);
}

// Value, gradient and weight: golden/losses/<stem>.json holds the first two under `name`.
inline void check_loss(const std::string& stem, const std::string& name, const std::string& yaml, at::IntArrayRef shape,
                       const at::Tensor& target, double weight) {
  INFO(stem << " " << name);
  const nlohmann::json golden = read_golden("losses/" + stem)[name];
  at::Tensor prediction = wave(shape, 0.3).set_requires_grad(true);
  const Weighted loss = LossHolder(yaml).of(prediction, target);
  loss.mean.backward();
  CHECK(loss.mean.item<double>() == Approx(golden["loss"].get<double>()).epsilon(1e-6));
  CHECK(loss.weight.item<double>() == Approx(weight));
  const at::Tensor expected = at::tensor(golden["gradient"].get<std::vector<double>>(), at::kDouble);
  CHECK((prediction.grad().to(at::kDouble).flatten() - expected).abs().max().item<double>() < 1e-6);
}

// With a weight for each sample: the mean of what single samples give, by their own weights and these.
inline void check_weighted(const std::string& yaml, const at::Tensor& prediction, const at::Tensor& target) {
  INFO(yaml);
  const LossHolder holder(yaml);
  const at::Tensor weight = at::arange(prediction.size(0), at::kFloat);  // the first counts for nothing
  const Weighted all = holder.loss->forward({{"output", prediction}}, {{"target", target}, {"weight", weight}});
  double sum = 0.0, total = 0.0;
  for (int64_t i = 0; i < prediction.size(0); ++i) {
    const Weighted one = holder.of(prediction.narrow(0, i, 1), target.narrow(0, i, 1));
    const double share = one.weight.item<double>() * static_cast<double>(i);
    sum += one.mean.item<double>() * share;
    total += share;
  }
  CHECK(all.mean.item<double>() == Approx(sum / total).epsilon(1e-5));
  CHECK(all.weight.item<double>() == Approx(total));
}

// The gradient of a float64 prediction against central differences.
inline void check_differences(const std::string& yaml, const at::Tensor& start, const at::Tensor& target) {
  INFO(yaml);
  const LossHolder holder(yaml);
  at::Tensor prediction = start.to(at::kDouble).set_requires_grad(true);
  holder.of(prediction, target).mean.backward();
  const at::Tensor flat = start.to(at::kDouble).flatten();
  for (int64_t i = 0; i < flat.numel(); ++i) {
    const auto moved = [&](double by) {
      at::Tensor other = flat.clone();
      other[i] += by;
      return holder.of(other.reshape(start.sizes()), target).mean.item<double>();
    };
    const double slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
    CHECK(prediction.grad().flatten()[i].item<double>() == Approx(slope).margin(1e-8).epsilon(1e-5));
  }
}

// A loss that does not suit the targets is the recipe's mistake.
inline void check_refused(const std::string& yaml, const at::Tensor& prediction, const at::Tensor& target,
                          const std::string& beginning) {
  INFO(yaml);
  try {
    LossHolder(yaml).of(prediction, target);
    FAIL("accepted");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    CHECK_THAT(error.what(), Catch::StartsWith(beginning));
  }
}

}  // namespace dlrun
