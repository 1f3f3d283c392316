// The operators gru and lstm against ATen's in double precision, and their gradients against finite differences.

#include "tensor/recurrent_layers.h"

#include <ATen/Parallel.h>

#include <catch2/catch.hpp>
#include <functional>
#include <vector>

namespace dlrun::recurrent_layers_test {
namespace {

struct Case {
  at::Tensor input, incoming;
  std::vector<at::Tensor> weights;  // of each way weight_ih, weight_hh, bias_ih, bias_hh
};

enum class Kind { gru, lstm };

Case make_case(Kind kind, int64_t batch, int64_t steps, int64_t inputs, int64_t width, bool both = false) {
  at::manual_seed(7);
  Case made;
  made.input = at::randn({batch, steps, inputs}) * 2;
  const int64_t rows = (kind == Kind::gru ? 3 : 4) * width;
  for (int way = 0; way < (both ? 2 : 1); ++way)
    for (const at::Tensor& weight :
         {at::randn({rows, inputs}) * 0.5, at::randn({rows, width}) * 0.5, at::randn({rows}), at::randn({rows})})
      made.weights.push_back(weight);
  made.incoming = at::randn({batch, steps, (both ? 2 : 1) * width});
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

Layer own(Kind kind) {
  return [=](const at::Tensor& input, const std::vector<at::Tensor>& w) {
    return (kind == Kind::gru ? gru : lstm)(input, w);
  };
}

Layer of_aten(Kind kind) {
  return [=](const at::Tensor& input, const std::vector<at::Tensor>& w) {
    const bool both = w.size() == 8;
    const at::Tensor state = at::zeros({both ? 2 : 1, input.size(0), w[1].size(1)}, input.options());
    return kind == Kind::gru ? std::get<0>(at::gru(input, state, w, true, 1, 0.0, true, both, true))
                             : std::get<0>(at::lstm(input, {state, state}, w, true, 1, 0.0, true, both, true));
  };
}

TEST_CASE("layers give the states and gradients of ATen's, both ways") {
  const Kind kind = GENERATE(Kind::gru, Kind::lstm);
  struct Size {
    int64_t batch, steps, inputs, width;
  };
  for (const Size& size : {Size{5, 7, 3, 8}, Size{1, 1, 1, 1}, Size{33, 4, 20, 37}, Size{2, 50, 1, 16}}) {
    for (const bool both : {false, true}) {
      INFO(size.batch << " x " << size.steps << " x " << size.inputs << ", width " << size.width << ", " << both);
      const Case from = make_case(kind, size.batch, size.steps, size.inputs, size.width, both);
      const auto found = differentiate(from, at::kFloat, own(kind));
      const auto expected = differentiate(from, at::kDouble, of_aten(kind));
      for (size_t i = 0; i < found.size(); ++i) {
        INFO("tensor " << i);
        CHECK(found[i].sizes() == expected[i].sizes());
        const double largest = expected[i].abs().max().item<double>();
        CHECK((found[i].to(at::kDouble) - expected[i]).abs().max().item<double>() < 1e-5 * std::max(1.0, largest));
      }
    }
  }
}

TEST_CASE("gradients of layers are their finite differences") {
  const Kind kind = GENERATE(Kind::gru, Kind::lstm);
  const Case from = make_case(kind, 2, 4, 3, 5);
  const auto total = [&](const Case& at) {
    return (own(kind)(at.input, at.weights) * from.incoming).to(at::kDouble).sum().item<double>();
  };
  const auto gradients = differentiate(from, at::kFloat, own(kind));
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

TEST_CASE("layers far from 0 are as exact as near it") {
  const Kind kind = GENERATE(Kind::gru, Kind::lstm);
  Case from = make_case(kind, 3, 6, 2, 4);
  from.input = from.input * 100;
  const auto found = differentiate(from, at::kFloat, own(kind));
  const auto expected = differentiate(from, at::kDouble, of_aten(kind));
  CHECK(found[0].isfinite().all().item<bool>());
  CHECK((found[0].to(at::kDouble) - expected[0]).abs().max().item<double>() < 1e-4);
}

TEST_CASE("layers do not depend on the number of threads") {
  const Kind kind = GENERATE(Kind::gru, Kind::lstm);
  const Case from = make_case(kind, 64, 3, 4, 96);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = differentiate(from, at::kFloat, own(kind));
  at::set_num_threads(2);
  const auto two = differentiate(from, at::kFloat, own(kind));
  at::set_num_threads(before);
  CHECK(at::allclose(one[0], two[0], 1e-6, 1e-6));
}

TEST_CASE("layers take floats on a CPU or on meta alone, and say their shapes there") {
  const Kind kind = GENERATE(Kind::gru, Kind::lstm);
  const Case from = make_case(kind, 5, 7, 3, 8);
  CHECK(recurrent_layer_takes(from.input, from.weights[0]));
  CHECK_FALSE(recurrent_layer_takes(from.input.to(at::kBFloat16), from.weights[0]));
  CHECK_FALSE(recurrent_layer_takes(from.input[0], from.weights[0]));
  std::vector<at::Tensor> on_meta;
  for (const at::Tensor& weight : from.weights) on_meta.push_back(weight.to(at::kMeta).set_requires_grad(true));
  const at::Tensor output = own(kind)(from.input.to(at::kMeta), on_meta);
  CHECK(output.sizes() == at::IntArrayRef({5, 7, 8}));
  output.sum().backward();
  CHECK(on_meta[1].grad().sizes() == at::IntArrayRef({kind == Kind::gru ? 24 : 32, 8}));
}

}  // namespace
}  // namespace dlrun::recurrent_layers_test
