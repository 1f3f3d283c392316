// Operations of single operators against torch.utils.flop_counter, forward and backward.

#include "tensor/operations.h"

#include <catch2/catch.hpp>

#include "golden.h"

namespace dlrun::operations_test {

namespace {

struct Case {
  const char* name;
  std::vector<std::vector<int64_t>> shapes;
  at::Tensor (*run)(const std::vector<at::Tensor>& x);
};

using X = const std::vector<at::Tensor>&;
const Case cases[] = {
    {"conv1d", {{3, 4, 20}, {6, 4, 5}}, [](X x) { return at::conv1d(x[0], x[1], {}, 1, 2); }},
    {"conv2d", {{3, 6, 9, 7}, {8, 6, 3, 3}, {8}}, [](X x) { return at::conv2d(x[0], x[1], x[2], 2, 1); }},
    {"conv2d_groups",
     {{3, 6, 9, 7}, {12, 2, 3, 3}},
     [](X x) { return at::conv2d(x[0], x[1], {}, 1, at::IntArrayRef({0}), 2, 3); }},
    {"conv3d", {{2, 3, 6, 7, 8}, {4, 3, 3, 3, 3}}, [](X x) { return at::conv3d(x[0], x[1]); }},
    {"conv_transpose2d",
     {{3, 6, 9, 7}, {6, 4, 4, 4}},
     [](X x) { return at::conv_transpose2d(x[0], x[1], {}, 2, 1, 1); }},
    {"conv_transpose2d_groups",
     {{3, 6, 9, 7}, {6, 4, 4, 4}},
     [](X x) { return at::conv_transpose2d(x[0], x[1], {}, 2, 1, 0, 2); }},
    {"matmul", {{2, 3, 4, 5}, {3, 5, 6}}, [](X x) { return at::matmul(x[0], x[1]); }},
    {"matmul_rows", {{2, 3, 5}, {5, 6}}, [](X x) { return at::matmul(x[0], x[1]); }},
    {"linear", {{2, 3, 5}, {6, 5}, {6}}, [](X x) { return at::linear(x[0], x[1], x[2]); }},
    {"bmm", {{2, 3, 5}, {2, 5, 6}}, [](X x) { return at::bmm(x[0], x[1]); }},
    {"baddbmm", {{2, 3, 6}, {2, 3, 5}, {2, 5, 6}}, [](X x) { return at::baddbmm(x[0], x[1], x[2]); }},
    {"addmm", {{6}, {3, 5}, {5, 6}}, [](X x) { return at::addmm(x[0], x[1], x[2]); }},
    {"einsum",
     {{2, 3, 4, 5}, {2, 3, 6, 5}},
     [](X x) {
       return at::einsum("bhid,bhjd->bhij", {x[0], x[1]});
     }},
    {"einsum_chain", {{3, 4}, {4, 5}, {5, 6}}, [](X x) { return at::einsum("ij,jk,kl->il", x); }},
    {"attention",
     {{2, 4, 6, 8}, {2, 4, 9, 8}, {2, 4, 9, 8}},
     [](X x) { return at::scaled_dot_product_attention(x[0], x[1], x[2]); }},
};

// Forward and backward.
std::pair<int64_t, int64_t> count(const std::function<at::Tensor()>& work) {
  int64_t forward = 0, backward = 0;
  tap([&] { work().sum().backward(); },
      [&](const TappedCall& call) { (call.backward ? backward : forward) += operations(call); });
  return {forward, backward};
}

}  // namespace

TEST_CASE("operations of operators are those FlopCounterMode counts, on real tensors and on meta") {
  const nlohmann::json golden = read_golden("operations").at("operators");
  REQUIRE(golden.size() == std::size(cases));
  for (const at::Device device : {at::Device(at::kCPU), at::Device(at::kMeta)}) {
    for (const Case& one : cases) {
      INFO(one.name << " on " << device);
      std::vector<at::Tensor> inputs;
      for (const auto& shape : one.shapes)
        inputs.push_back(at::ones(shape, at::TensorOptions().device(device)).requires_grad_());
      const auto [forward, backward] = count([&] { return one.run(inputs); });
      CHECK(forward == golden.at(one.name).at(0).get<int64_t>());
      CHECK(backward == golden.at(one.name).at(1).get<int64_t>());
    }
  }
}

// Each gate has a matrix for the input and one for the state, and meets every step of every sequence.
TEST_CASE("operations of recurrent layers are those of their matrices") {
  const int64_t steps = 5, batch = 3, features = 6, hidden = 4;
  const auto weights = [&](int64_t gates) {
    return std::vector<at::Tensor>{at::zeros({gates * hidden, features}), at::zeros({gates * hidden, hidden}),
                                   at::zeros({gates * hidden}), at::zeros({gates * hidden})};
  };
  const at::Tensor x = at::zeros({steps, batch, features}), state = at::zeros({1, batch, hidden});
  int64_t seen = 0;
  tap(
      [&] {
        at::lstm(x, {state, state}, weights(4), true, 1, 0.0, false, false, false);
      },
      [&](const TappedCall& call) { seen += operations(call); });
  CHECK(seen == 2 * steps * batch * 4 * hidden * (features + hidden));
  seen = 0;
  tap([&] { at::gru(x, state, weights(3), true, 1, 0.0, false, false, false); },
      [&](const TappedCall& call) { seen += operations(call); });
  CHECK(seen == 2 * steps * batch * 3 * hidden * (features + hidden));
}

TEST_CASE("norms, nonlinearities and pooling count as nothing") {
  int64_t seen = 0;
  const at::Tensor x = at::ones({2, 3, 8, 8});
  tap([&] { at::max_pool2d(at::relu(at::group_norm(x, 3)), 2).sum(); },
      [&](const TappedCall& call) { seen += operations(call); });
  CHECK(seen == 0);
}

}  // namespace dlrun::operations_test
