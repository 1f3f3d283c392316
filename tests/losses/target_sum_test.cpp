// The sum of what targets cost.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "data/components.h"
#include "losses/loss.h"

namespace dlrun::target_sum_test {

TEST_CASE("target_sum adds up what it is given, and is a mean over the rows it is told") {
  const auto loss = test::component<Loss>("target_sum", nlohmann::json::object());
  const at::Tensor first = at::scalar_tensor(1.5).requires_grad_(), second = at::scalar_tensor(2.25).requires_grad_();
  const Weighted sum =
      loss->forward({{"a", first}, {"b", second * 2}}, {{"weight", at::scalar_tensor(7.0, at::kDouble)}});
  CHECK(sum.mean.item<double>() == 6.0);
  CHECK(sum.weight.item<double>() == 7.0);
  sum.mean.backward();
  CHECK(first.grad().item<double>() == 1.0);
  CHECK(second.grad().item<double>() == 2.0);
}

}  // namespace dlrun::target_sum_test
