// The operator dropout: its random numbers against published ones, its share, its gradients.

#include "tensor/dropout.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <catch2/catch.hpp>

#include "tensor/kernels/cpu/dropout.h"

namespace dlrun::dropout_test {
namespace {

// Whether elements 0, 16, 32 and 48 stay when the counter is 0: the halves of the two numbers of one Threefry call are
// compared with p * 2^16.
std::vector<bool> kept(uint32_t threshold, uint64_t seed) {
  std::vector<float> values(64, 1.0f);
  cpu::dropout(values.data(), values.data(), 64, threshold / 65536.0, seed);
  return {values[0] != 0, values[16] != 0, values[32] != 0, values[48] != 0};
}

TEST_CASE("dropout decides by Threefry-2x32, as its authors' known answers say") {
  // Random123's known answers for counter 0 and key 0, 20 rounds: 6b200159 99ba4efe.
  CHECK(kept(0x0159, 0) == std::vector{true, true, true, true});
  CHECK(kept(0x015a, 0) == std::vector{false, true, true, true});
  CHECK(kept(0x4efe, 0) == std::vector{false, true, true, true});
  CHECK(kept(0x4eff, 0) == std::vector{false, true, false, true});
  CHECK(kept(0x6b20, 0) == std::vector{false, true, false, true});
  CHECK(kept(0x6b21, 0) == std::vector{false, false, false, true});
  CHECK(kept(0x99ba, 0) == std::vector{false, false, false, true});
  CHECK(kept(0x99bb, 0) == std::vector{false, false, false, false});
}

TEST_CASE("dropout zeroes the asked share and scales the rest") {
  at::manual_seed(3);
  for (const double p : {0.1, 0.5, 0.9}) {
    INFO(p);
    const int64_t count = 1 << 20;
    const at::Tensor input = at::randn({count}).abs() + 1, output = dropout(input, p);
    const at::Tensor zeroed = output == 0;
    // Four standard deviations of a share of 2^20 draws.
    CHECK(zeroed.to(at::kDouble).mean().item<double>() == Approx(p).margin(4 * std::sqrt(p * (1 - p) / count)));
    CHECK(at::allclose(output, at::where(zeroed, at::zeros({}), input / (1 - p)), 2e-4));
    // Neighbours, lanes of one draw and the two numbers of a draw are independent of each other.
    for (const int64_t apart : {1, 15, 16, 17, 32, 48, 64, 1024}) {
      INFO(apart);
      const at::Tensor both = zeroed.slice(0, apart) & zeroed.slice(0, 0, count - apart);
      CHECK(both.to(at::kDouble).mean().item<double>() == Approx(p * p).margin(0.003));
    }
  }
  CHECK(dropout(at::ones({1 << 20}), 1 - 1e-9).count_nonzero().item<int64_t>() > 0);
  CHECK(dropout(at::ones({100}), 1).count_nonzero().item<int64_t>() == 0);
  CHECK(at::equal(dropout(at::ones({100}), 0), at::ones({100})));
}

TEST_CASE("dropout does not depend on the number of threads, and repeats with the generator") {
  const int threads = at::get_num_threads();
  const at::Tensor input = at::randn({333, 1001});
  const auto drawn = [&](int count, uint64_t seed) {
    at::set_num_threads(count);
    at::manual_seed(seed);
    return dropout(input, 0.3);
  };
  const at::Tensor one = drawn(1, 5), two = drawn(2, 5), again = drawn(2, 5), other = drawn(2, 6);
  at::set_num_threads(threads);
  CHECK(at::equal(one, two));
  CHECK(at::equal(two, again));
  CHECK_FALSE(at::equal(two, other));
  const at::Tensor next = dropout(input, 0.3);
  CHECK_FALSE(at::equal(other, next));
}

TEST_CASE("the gradient of dropout is its mask, whatever the layout, and can be differentiated again") {
  const auto check = [](const at::Tensor& input, at::Tensor incoming) {
    at::manual_seed(11);
    at::Tensor x = input.detach().clone().set_requires_grad(true);
    REQUIRE(x.strides() == input.strides());
    incoming.set_requires_grad(true);
    const at::Tensor output = dropout(x, 0.4);
    const at::Tensor mask = (output / x).detach();
    const at::Tensor gradient = torch::autograd::grad({output}, {x}, {incoming}, true, true)[0];
    CHECK(at::allclose(gradient, incoming * mask));
    const at::Tensor second = torch::autograd::grad({gradient}, {incoming}, {at::ones_like(gradient)})[0];
    CHECK(at::allclose(second, mask));
  };
  check(at::randn({7, 33}) + 5, at::randn({7, 33}));
  check(at::randn({33, 7}).t() + 5, at::randn({7, 33}));
  check((at::randn({2, 5, 6, 3}) + 5).contiguous(at::MemoryFormat::ChannelsLast), at::randn({2, 5, 6, 3}));
  check(at::randn({7, 33}) + 5, at::randn({}).expand({7, 33}));
}

TEST_CASE("what the operator does not take is dropped by ATen") {
  at::manual_seed(1);
  CHECK(dropout(at::ones({1000}, at::kDouble), 0.5).scalar_type() == at::kDouble);
  CHECK(dropout(at::ones({1000}, at::kBFloat16), 0.5).count_nonzero().item<int64_t>() < 600);
  CHECK(dropout(at::ones({1, 8}).expand({100, 8}), 0.5).count_nonzero().item<int64_t>() < 600);
  CHECK_THROWS(dropout(at::ones({3}), 1.5));
}

}  // namespace
}  // namespace dlrun::dropout_test
