// Recurrent layers as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::recurrent_test {
namespace {

// Weights of a recurrent layer of `gates`, inputs 6, hidden 3.
std::vector<Tensor> recurrent_weights(int64_t gates, int64_t layers, bool both_ways, bool biases) {
  std::vector<Tensor> all;
  for (int64_t layer = 0; layer < layers; ++layer)
    for (int64_t way = 0; way < (both_ways ? 2 : 1); ++way) {
      const double phase = 0.1 * static_cast<double>(layer + 2 * way);
      all.push_back(numbers({gates * 3, layer == 0 ? 6 : both_ways ? 6 : 3}, 0.5 + phase));
      all.push_back(numbers({gates * 3, 3}, 0.7 + phase));
      if (!biases) continue;
      all.push_back(numbers({gates * 3}, 0.9 + phase));
      all.push_back(numbers({gates * 3}, 1.1 + phase));
    }
  return all;
}

TEST_CASE("recurrent layers give the same numbers as ONNX nodes") {
  check_lowering({
      {"lstm",
       [](const Tensor& x) {
         const Tensor state = at::zeros({4, x.size(0), 3});
         const auto [y, h, c] =
             at::lstm(x, {state + 0.3, state}, recurrent_weights(4, 2, true, true), true, 2, 0.0, false, true, true);
         return y.sum() + h + c;
       },
       {5, 6}},
      {"lstm_output",
       [](const Tensor& x) {
         const Tensor state = at::zeros({1, x.size(0), 3});
         return std::get<0>(
             at::lstm(x, {state, state}, recurrent_weights(4, 1, false, false), false, 1, 0.0, false, false, true));
       },
       {5, 6}},
      {"gru",
       [](const Tensor& x) {
         const auto [y, h] = at::gru(x.transpose(0, 1), at::zeros({2, x.size(0), 3}),
                                     recurrent_weights(3, 1, true, true), true, 1, 0.0, false, true, false);
         return y.transpose(0, 1) + h.sum();
       },
       {5, 6}},
      {"rnn",
       [](const Tensor& x) {
         const Tensor state = at::zeros({2, x.size(0), 3});
         return std::get<0>(
                    at::rnn_tanh(x, state, recurrent_weights(1, 2, false, true), true, 2, 0.0, false, false, true)) +
                std::get<0>(
                    at::rnn_relu(x, state, recurrent_weights(1, 2, false, true), true, 2, 0.0, false, false, true));
       },
       {5, 6}},
  });
}

}  // namespace
}  // namespace dlrun::test::recurrent_test
