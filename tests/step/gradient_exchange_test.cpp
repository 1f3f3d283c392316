// Gradients in buckets: the sums of all ranks, whatever order they come in and whether they come at all.

#include "step/gradient_exchange.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "dist/gloo.h"
#include "dist/ranks.h"
#include "spec/catalog.h"
#include "support.h"

namespace dlrun::gradient_exchange_test {
namespace {

struct Parameters {
  std::vector<at::Tensor> tensors;
  std::shared_ptr<Optimizer> optimizer;
  std::unique_ptr<FlatParameters> flat;
  std::vector<NamedTensor> slots;

  explicit Parameters(int64_t numbers) {
    for (int i = 0; i < 6; ++i) tensors.push_back(at::ones({i % 2 ? numbers : 3}).set_requires_grad(true));
    const auto made = Catalog::instance().find("optimizer", "sgd")->make();
    optimizer = std::static_pointer_cast<Optimizer>(made);
    for (size_t i = 0; i < tensors.size(); ++i) slots.push_back({"p" + std::to_string(i), &tensors[i]});
    flat = std::make_unique<FlatParameters>(slots, *optimizer, false);
  }
};

// The sum over ranks of `rank + 1` times a number of the parameter, in which one parameter has no part.
std::string exchange(Group& group, int64_t numbers, size_t least_buckets) {
  Parameters parameters(numbers);
  GradientExchange exchange(parameters.slots, *parameters.flat, group);
  if (exchange.buckets() < least_buckets) return "buckets: " + std::to_string(exchange.buckets());
  std::string far;
  for (int turn = 0; turn < 2; ++turn) {
    parameters.flat->zero_gradients();
    exchange.expect();
    // Autograd goes from what was computed last to what was computed first: another order on every rank.
    at::Tensor loss = at::zeros({});
    for (size_t i = 0; i < 6; ++i) {
      const size_t k = group.rank() == 0 ? i : 5 - i;
      if (k == 2) continue;
      loss = loss + (parameters.tensors[k] * static_cast<double>((k + 1) * (group.rank() + 1))).sum();
    }
    loss.backward();
    at::Tensor sums = at::tensor({1.5 * (group.rank() + 1), 1e-9}, at::kDouble);
    at::Tensor state = at::full({3}, group.rank() + 7.0);
    exchange.complete(sums, {state});
    for (size_t k = 0; k < 6; ++k) {
      const double expected = k == 2 ? 0.0 : static_cast<double>((k + 1) * 3);
      if (!parameters.tensors[k].grad().eq(expected).all().item<bool>()) far += "gradient " + std::to_string(k) + "; ";
    }
    if (!sums.equal(at::tensor({4.5, 2e-9}, at::kDouble))) far += "numbers; ";
    if (!state.eq(7).all().item<bool>()) far += "states; ";
  }
  return far;
}

}  // namespace

TEST_CASE("gradients of two ranks are summed in buckets, in any order, and beside the numbers where they are few") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  const auto [numbers, buckets] = GENERATE(std::pair<int64_t, size_t>{10, 0}, std::pair<int64_t, size_t>{900'000, 2});
  const int64_t count = numbers;
  const size_t least = buckets;
  for (const test::Ended& rank : test::run_ranks(2, [&](Group& group) { return exchange(group, count, least); })) {
    CHECK(rank.said.empty());
    CHECK(rank.signal == 0);
  }
}

}  // namespace dlrun::gradient_exchange_test
