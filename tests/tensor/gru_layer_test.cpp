// The operator gru against at::gru in double precision, and its gradients against finite differences.

#include "tensor/gru.h"

#include <ATen/Parallel.h>

#include <catch2/catch.hpp>
#include <functional>
#include <vector>

namespace dlrun::gru_layer_test {
namespace {

struct Case {
  at::Tensor input, incoming;
  std::vector<at::Tensor> weights;  // weight_ih, weight_hh, bias_ih, bias_hh
};

Case make_case(int64_t batch, int64_t steps, int64_t inputs, int64_t width) {
  at::manual_seed(7);
  Case made;
  made.input = at::randn({batch, steps, inputs}) * 2;
  made.weights = {at::randn({3 * width, inputs}) * 0.5, at::randn({3 * width, width}) * 0.5, at::randn({3 * width}),
                  at::randn({3 * width})};
  made.incoming = at::randn({batch, steps, width});
  return made;
}

using Layer = std::function<at::Tensor(const at::Tensor&, const std::vector<at::Tensor>&)>;

// The output, and the gradients of the input and the weights.
std::vector<at::Tensor> differentiate(const Case& from, at::ScalarType type, const Layer& layer) {
  at::Tensor input = from.input.to(type, false, true).set_requires_grad(true);
  std::vector<at::Tensor> weights;
  for (const at::Tensor& weight : from.weights) weights.push_back(weight.to(type, false, true).set_requires_grad(true));
  const at::Tensor output = layer(input, weights);
  output.backward(from.incoming.to(type));
  std::vector<at::Tensor> all = {output.detach(), input.grad()};
  for (const at::Tensor& weight : weights) all.push_back(weight.grad());
  return all;
}

Layer own(bool backwards) {
  return [backwards](const at::Tensor& input, const std::vector<at::Tensor>& w) {
    return gru(input, w[0], w[1], w[2], w[3], backwards);
  };
}

Layer of_aten(bool backwards) {
  return [backwards](const at::Tensor& input, const std::vector<at::Tensor>& w) {
    const at::Tensor state = at::zeros({1, input.size(0), w[1].size(1)}, input.options());
    const at::Tensor turned = backwards ? input.flip(1) : input;
    const at::Tensor output = std::get<0>(at::gru(turned, state, w, true, 1, 0.0, true, false, true));
    return backwards ? output.flip(1) : output;
  };
}

TEST_CASE("gru gives the states and gradients of at::gru, both ways") {
  struct Size {
    int64_t batch, steps, inputs, width;
  };
  for (const Size& size : {Size{5, 7, 3, 8}, Size{1, 1, 1, 1}, Size{33, 4, 20, 37}, Size{2, 50, 1, 16}}) {
    for (const bool backwards : {false, true}) {
      INFO(size.batch << " x " << size.steps << " x " << size.inputs << ", width " << size.width << ", " << backwards);
      const Case from = make_case(size.batch, size.steps, size.inputs, size.width);
      const auto found = differentiate(from, at::kFloat, own(backwards));
      const auto expected = differentiate(from, at::kDouble, of_aten(backwards));
      for (size_t i = 0; i < found.size(); ++i) {
        INFO("tensor " << i);
        CHECK(found[i].sizes() == expected[i].sizes());
        const double largest = expected[i].abs().max().item<double>();
        CHECK((found[i].to(at::kDouble) - expected[i]).abs().max().item<double>() < 1e-5 * std::max(1.0, largest));
      }
    }
  }
}

TEST_CASE("gradients of gru are its finite differences") {
  const Case from = make_case(2, 4, 3, 5);
  const auto total = [&](const Case& at) {
    return (gru(at.input, at.weights[0], at.weights[1], at.weights[2], at.weights[3], false) * from.incoming)
        .to(at::kDouble)
        .sum()
        .item<double>();
  };
  const auto gradients = differentiate(from, at::kFloat, own(false));
  constexpr double step = 1e-2;
  for (size_t which = 0; which < 5; ++which) {
    const auto tensor = [&](Case& of) -> at::Tensor& { return which == 0 ? of.input : of.weights[which - 1]; };
    for (int64_t i = 0; i < 6; ++i) {
      Case up = from, down = from;
      tensor(up) = tensor(up).clone();
      tensor(down) = tensor(down).clone();
      const int64_t place = (i * 7) % tensor(up).numel();
      tensor(up).view(-1)[place] += step;
      tensor(down).view(-1)[place] -= step;
      const double slope = (total(up) - total(down)) / (2 * step);
      CHECK(gradients[which + 1].reshape(-1)[place].item<double>() == Approx(slope).epsilon(5e-3).margin(2e-3));
    }
  }
}

TEST_CASE("gru far from 0 is as exact as near it") {
  Case from = make_case(3, 6, 2, 4);
  from.input = from.input * 100;
  const auto found = differentiate(from, at::kFloat, own(false));
  const auto expected = differentiate(from, at::kDouble, of_aten(false));
  CHECK(found[0].isfinite().all().item<bool>());
  CHECK((found[0].to(at::kDouble) - expected[0]).abs().max().item<double>() < 1e-4);
}

TEST_CASE("gru does not depend on the number of threads") {
  const Case from = make_case(64, 3, 4, 96);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = differentiate(from, at::kFloat, own(false));
  at::set_num_threads(2);
  const auto two = differentiate(from, at::kFloat, own(false));
  at::set_num_threads(before);
  CHECK(at::allclose(one[0], two[0], 1e-6, 1e-6));
}

TEST_CASE("gru takes floats on a CPU or on meta alone, and says its shape there") {
  const Case from = make_case(5, 7, 3, 8);
  CHECK(gru_takes(from.input, from.weights[0]));
  CHECK_FALSE(gru_takes(from.input.to(at::kBFloat16), from.weights[0]));
  CHECK_FALSE(gru_takes(from.input[0], from.weights[0]));
  std::vector<at::Tensor> on_meta;
  for (const at::Tensor& weight : from.weights) on_meta.push_back(weight.to(at::kMeta).set_requires_grad(true));
  const at::Tensor output = gru(from.input.to(at::kMeta), on_meta[0], on_meta[1], on_meta[2], on_meta[3], false);
  CHECK(output.sizes() == at::IntArrayRef({5, 7, 8}));
  output.sum().backward();
  CHECK(on_meta[1].grad().sizes() == at::IntArrayRef({24, 8}));
}

}  // namespace
}  // namespace dlrun::gru_layer_test
