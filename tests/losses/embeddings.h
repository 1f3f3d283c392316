// What tests of losses over embeddings share: nine samples of three classes, one alone in its own, as in
// golden/losses/embeddings.py.

#pragma once

#include "losses/support.h"

namespace dlrun {

inline at::Tensor nine_classes() { return at::tensor(std::vector<int64_t>{0, 1, 2, 0, 1, 0, 3, 2, 1}); }

inline Weighted loss_of(const std::string& yaml, const at::Tensor& places, const at::Tensor& classes,
                        const TensorList& own = {}) {
  Batch answer{{"embedding", places}};
  for (const auto& [name, value] : own) answer.set("loss." + name, value, Rows::whole);
  return LossHolder(yaml).loss->forward(answer, {{"target", classes}});
}

// Value, gradient and weight; `own` names a weight of its own [4, 4] and checks its gradient too.
inline void check_embedding(const std::string& stem, const std::string& name, const std::string& yaml, double weight,
                            const std::string& own = "") {
  INFO(stem << " " << name);
  const nlohmann::json golden = read_golden("losses/" + stem)[name];
  at::Tensor places = wave({9, 4}, 0.3).set_requires_grad(true);
  at::Tensor mine = wave({4, 4}, 0.9).set_requires_grad(true);
  const Weighted loss = loss_of(yaml, places, nine_classes(), own.empty() ? TensorList{} : TensorList{{own, mine}});
  loss.mean.backward();
  CHECK(loss.mean.item<double>() == Approx(golden["loss"].get<double>()).epsilon(1e-5));
  CHECK(loss.weight.item<double>() == Approx(weight));
  const auto equal = [&](const at::Tensor& gradient, const char* key) {
    const at::Tensor expected = at::tensor(golden[key].get<std::vector<double>>(), at::kDouble);
    const double size = std::max(1.0, expected.abs().max().item<double>());
    CHECK((gradient.to(at::kDouble).flatten() - expected).abs().max().item<double>() < 1e-5 * size);
  };
  equal(places.grad(), "gradient");
  if (!own.empty()) equal(mine.grad(), "of_weight");
}

// The gradient of float64 embeddings against central differences.
inline void check_slopes(const std::string& yaml, const TensorList& own = {}) {
  INFO(yaml);
  const at::Tensor start = wave({9, 4}, 0.4).to(at::kDouble), flat = start.flatten();
  at::Tensor places = start.clone().set_requires_grad(true);
  loss_of(yaml, places, nine_classes(), own).mean.backward();
  for (int64_t i = 0; i < flat.numel(); ++i) {
    const auto moved = [&](double by) {
      at::Tensor other = flat.clone();
      other[i] += by;
      return loss_of(yaml, other.reshape(start.sizes()), nine_classes(), own).mean.item<double>();
    };
    const double slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
    CHECK(places.grad().flatten()[i].item<double>() == Approx(slope).margin(1e-7).epsilon(1e-5));
  }
}

// A task without embeddings, targets without classes, and samples that are all one.
inline void check_edges(const std::string& stem) {
  try {
    LossHolder(stem).of(wave({4, 4}, 0), at::zeros({4}, at::kLong));
    FAIL("accepted");
  } catch (const UserError& error) {
    CHECK_THAT(error.what(), Catch::StartsWith("loss: " + stem + " compares embeddings"));
  }
  CHECK_THROWS_AS(loss_of(stem, wave({4, 4}, 0), wave({4, 1}, 0)), UserError);
  at::Tensor same = at::ones({4, 3}).set_requires_grad(true);
  const Weighted loss = loss_of(stem, same, at::tensor(std::vector<int64_t>{0, 0, 1, 1}));
  loss.mean.backward();
  CHECK(std::isfinite(loss.mean.item<double>()));
  CHECK(at::isfinite(same.grad()).all().item<bool>());
}

}  // namespace dlrun
