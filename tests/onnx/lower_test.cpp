// Operators one by one: each becomes ONNX nodes that give the same numbers for other sizes than those recorded.

#include "onnx/lower.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/error.h"
#include "golden.h"
#include "nn/layer.h"
#include "nn/sequential.h"
#include "onnx/exported.h"
#include "onnx/lower/call.h"

namespace dlrun {
namespace {

using at::Tensor;
using Function = std::function<Tensor(const Tensor& x)>;

// A network of one function: float input [batch, 4, 6, 6] unless `sample` says otherwise.
struct FunctionNetwork final : SimpleNetwork {
  Function function;
  Tensor compute(const Tensor& x) override { return function(x); }
};

struct Case {
  const char* name;
  Function function;
  std::vector<int64_t> sample = {4, 6, 6};
  int64_t opset = 17;
};

OnnxSubject subject_of(FunctionNetwork& network, const std::vector<int64_t>& sample) {
  OnnxSubject subject;
  subject.name = "model";
  subject.forward = [&network](const Batch& batch) -> Batch { return {{"output", network.forward(batch["input"])}}; };
  subject.dimensions = {{"batch", "input", 0, {2, 3, 5, 4}}};
  subject.make = [sample](const std::vector<int64_t>& sizes) -> Batch {
    std::vector<int64_t> shape = {sizes[0]};
    shape.insert(shape.end(), sample.begin(), sample.end());
    return {{"input", numbers(shape, 0.3) * 2}};
  };
  return subject;
}

Tensor weights(at::IntArrayRef shape) { return numbers(shape, 1.1); }

std::string problem_of(const Function& function, int64_t opset = 17) {
  FunctionNetwork network;
  network.function = function;
  network.set_training(false);
  try {
    build_onnx(subject_of(network, {4, 6, 6}), network, opset);
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "no problem";
}

const std::vector<int64_t> kRow = {6};

Tensor above_zero(const Tensor& x) { return x.abs() + 0.1; }
Tensor unit(const Tensor& x) { return x.tanh() * 0.9; }
Tensor whole(const Tensor& x) { return (x * 3).to(at::kLong); }
// Indices below 6 of the same rank as x.
Tensor places(const Tensor& x) { return (x * 10).to(at::kLong).remainder(6); }

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

std::vector<Case> cases() {
  return {
      // activations
      {"relu", [](const Tensor& x) { return x.relu(); }},
      {"relu6", [](const Tensor& x) { return at::relu6(x * 4); }},
      {"leaky_relu", [](const Tensor& x) { return at::leaky_relu(x, 0.2); }},
      {"gelu", [](const Tensor& x) { return at::gelu(x); }},
      {"gelu_tanh", [](const Tensor& x) { return at::gelu(x, "tanh"); }},
      {"gelu_20", [](const Tensor& x) { return at::gelu(x) + at::gelu(x, "tanh"); }, kRow, 20},
      {"silu", [](const Tensor& x) { return at::silu(x); }},
      {"elu", [](const Tensor& x) { return at::elu(x, 0.7, 1.3); }},
      {"selu", [](const Tensor& x) { return at::selu(x); }},
      {"celu", [](const Tensor& x) { return at::celu(x, 0.6); }},
      {"hardtanh", [](const Tensor& x) { return at::hardtanh(x, -0.4, 0.7); }},
      {"hardsigmoid", [](const Tensor& x) { return at::hardsigmoid(x * 3); }},
      {"hardswish", [](const Tensor& x) { return at::hardswish(x * 3); }},
      {"softplus", [](const Tensor& x) { return at::softplus(x, 2.0); }},
      {"log_sigmoid", [](const Tensor& x) { return at::log_sigmoid(x); }},
      {"mish", [](const Tensor& x) { return at::mish(x); }},
      {"softshrink", [](const Tensor& x) { return at::softshrink(x, 0.3) + at::hardshrink(x, 0.4); }},
      {"threshold", [](const Tensor& x) { return at::threshold(x, 0.2, -1.0); }},
      {"prelu",
       [](const Tensor& x) {
         return at::prelu(x, at::tensor({0.1, 0.2, 0.3, 0.4}).to(at::kFloat));
       }},
      {"glu", [](const Tensor& x) { return at::glu(x, 1); }},
      {"softmax", [](const Tensor& x) { return x.softmax(1) + x.log_softmax(-1); }},
      // arithmetic
      {"add", [](const Tensor& x) { return at::add(x, x.tanh(), 0.5) + 2; }},
      {"sub", [](const Tensor& x) { return at::sub(x, x.tanh(), 3) - 1.5; }},
      {"rsub", [](const Tensor& x) { return 1 - x; }},
      {"mul", [](const Tensor& x) { return x * x * 0.3; }},
      {"div", [](const Tensor& x) { return x / above_zero(x) + 1 / above_zero(x); }},
      {"div_floor", [](const Tensor& x) { return at::div(x * 5, above_zero(x), "floor"); }},
      {"div_trunc", [](const Tensor& x) { return at::div(x * 5, above_zero(x), "trunc"); }},
      {"integer_division",
       [](const Tensor& x) { return at::floor_divide(whole(x), 3) + at::div(whole(x), 2, "trunc"); }},
      {"integer_to_float", [](const Tensor& x) { return whole(x) / 4; }},
      {"remainder", [](const Tensor& x) { return x.remainder(0.7) + whole(x).remainder(3); }},
      {"fmod", [](const Tensor& x) { return x.fmod(0.7); }},
      {"pow", [](const Tensor& x) { return above_zero(x).pow(1.7) + x.pow(2) + x.pow(3); }},
      {"clamp", [](const Tensor& x) { return x.clamp(-0.5, 0.5) + x.clamp_min(0.1) + x.clamp_max(0.2); }},
      {"maximum", [](const Tensor& x) { return at::maximum(x, x.tanh()) + at::minimum(x, -x) + at::max(x, -x); }},
      {"addcmul", [](const Tensor& x) { return at::addcmul(x, x, x, 0.4) + at::addcdiv(x, x, above_zero(x), 2); }},
      {"lerp", [](const Tensor& x) { return at::lerp(x, x.tanh(), 0.3); }},
      {"roots",
       [](const Tensor& x) { return above_zero(x).sqrt() + above_zero(x).rsqrt() + above_zero(x).reciprocal(); }},
      {"exponentials", [](const Tensor& x) { return x.exp() + x.expm1() + x.exp2() + above_zero(x).log1p(); }},
      {"logarithms",
       [](const Tensor& x) { return above_zero(x).log() + above_zero(x).log2() + above_zero(x).log10(); }},
      {"trigonometry",
       [](const Tensor& x) { return x.sin() + x.cos() + x.tanh() + unit(x).asin() + unit(x).acos() + x.atan(); }},
      {"hyperbolic",
       [](const Tensor& x) { return x.sinh() + x.cosh() + x.asinh() + unit(x).atanh() + (above_zero(x) + 1).acosh(); }},
      {"rounding",
       [](const Tensor& x) { return (x * 3).floor() + (x * 3).ceil() + (x * 3).round() + (x * 3).trunc(); }},
      {"signs", [](const Tensor& x) { return x.sign() + x.abs() + x.neg() + x.square() + x.erf(); }},
      {"in_place",
       [](const Tensor& x) {
         Tensor y = x + 1;
         y.mul_(2).relu_().add_(x);
         return y;
       }},
      // comparison, logic, choice
      {"comparisons",
       [](const Tensor& x) { return (x > 0).to(at::kFloat) + x.lt(0.5) + x.ge(x.tanh()) + x.le(-0.2) + x.ne(1); }},
      {"integer_comparison", [](const Tensor& x) { return whole(x).eq(1).logical_or(whole(x) > 0.5); }},
      {"logic", [](const Tensor& x) { return (x > 0).logical_and(x < 1).logical_xor(x > 0.5).logical_not(); }},
      {"where", [](const Tensor& x) { return at::where(x > 0, x, x * 0.1) + at::where(x > 0, 1.0, 2.0); }},
      {"masked_fill", [](const Tensor& x) { return x.masked_fill(x > 0.3, -7.5); }},
      {"finite", [](const Tensor& x) { return (x.relu() / x.relu()).isnan().logical_or((1 / x.relu()).isinf()); }},
      {"conversions", [](const Tensor& x) { return x.to(at::kDouble).to(at::kInt).to(at::kBool); }},
      // shapes
      {"flatten",
       [](const Tensor& x) {
         return x.flatten(1).unflatten(1, {2, -1});
       }},
      {"view_of_all", [](const Tensor& x) { return x.reshape({-1}); }},
      {"batch_into_rows",
       [](const Tensor& x) {
         return x.reshape({x.size(0) * 4, 36});
       }},
      {"two_sizes_follow",
       [](const Tensor& x) {
         return x.reshape({x.size(0), 1, 4, 36}).expand({x.size(0), x.size(0), 4, 36});
       }},
      {"permute",
       [](const Tensor& x) {
         return x.permute({2, 0, -1, 1}).contiguous();
       }},
      {"transpose", [](const Tensor& x) { return x.transpose(1, -1).mT().transpose(1, 2) + x.swapaxes(2, 3); }},
      {"movedim", [](const Tensor& x) { return x.movedim(1, 3); }},
      {"squeeze", [](const Tensor& x) { return x.unsqueeze(1).unsqueeze(-1).squeeze(1).squeeze(); }},
      {"expand", [](const Tensor& x) { return x.mean(1, true).expand_as(x); }},
      {"repeat",
       [](const Tensor& x) {
         return x.repeat({2, 1, 3, 1}).repeat_interleave(2, 1);
       }},
      {"slice", [](const Tensor& x) { return x.slice(2, 1, -1, 2); }},
      {"narrow", [](const Tensor& x) { return x.narrow(3, 2, 3) + x.slice(3, 1, 4); }},
      {"slice_of_batch", [](const Tensor& x) { return x.slice(0, 0, x.size(0) - 1); }},
      {"select", [](const Tensor& x) { return x.select(1, 2).sum(1) + x.select(2, -1).sum(1); }},
      {"flip",
       [](const Tensor& x) {
         return x.flip({1, 3});
       }},
      {"roll",
       [](const Tensor& x) {
         return x.roll({2, -1}, {2, 3});
       }},
      {"cat",
       [](const Tensor& x) {
         return at::cat({x, x.tanh(), x.slice(1, 0, 1)}, 1);
       }},
      {"cat_types",
       [](const Tensor& x) {
         return at::cat({x, whole(x)}, -1);
       }},
      {"stack",
       [](const Tensor& x) {
         return at::stack({x, x.neg()}, 2);
       }},
      {"split",
       [](const Tensor& x) {
         auto p = x.split(4, 3);
         return p[0].sum(3) * p[1].sum(3);
       }},
      {"chunk",
       [](const Tensor& x) {
         auto p = x.chunk(2, 1);
         return p[0] - p[1];
       }},
      {"split_with_sizes",
       [](const Tensor& x) {
         auto p = x.split_with_sizes({1, 3}, 1);
         return p[1] - p[0];
       }},
      {"unbind",
       [](const Tensor& x) {
         auto p = x.unbind(1);
         return p[0] - p[3];
       }},
      {"triangles", [](const Tensor& x) { return x.tril(1) + x.triu(-1); }},
      // indexing
      {"embedding",
       [](const Tensor& x) {
         return at::embedding(weights({6, 3}), places(x));
       }},
      {"index_select",
       [](const Tensor& x) {
         return x.index_select(2, at::tensor({3, 0, 3}));
       }},
      {"gather", [](const Tensor& x) { return x.gather(3, places(x)); }},
      {"take_along_dim", [](const Tensor& x) { return at::take_along_dim(x, places(x), 3); }},
      {"index_one",
       [](const Tensor& x) {
         return x.index({at::indexing::Slice(), at::tensor({3, 0, 1, 1}).view({2, 2})});
       }},
      {"index_two",
       [](const Tensor& x) {
         return x.index({at::indexing::Slice(), at::tensor({3, 0}), at::tensor({5, 1})});
       }},
      {"index_apart",
       [](const Tensor& x) {
         return x.index(
             {at::indexing::Slice(), at::tensor({3, 0}), at::indexing::Slice(), at::tensor({5, 1}).view({2, 1})});
       }},
      {"index_mask", [](const Tensor& x) { return x.index({x > 0}).sum(); }},
      {"scatter",
       [](const Tensor& x) {
         return x.scatter(3, places(x).slice(3, 0, 1), x * 2).sum(1) +
                x.scatter(3, places(x).slice(3, 0, 1), 9.0).sum(1);
       }},
      {"scatter_add", [](const Tensor& x) { return x.scatter_add(3, places(x), x); }},
      {"index_add",
       [](const Tensor& x) {
         return x.index_add(1, at::tensor({0, 0, 2}), x.slice(1, 0, 3), 2);
       }},
      {"nonzero", [](const Tensor& x) { return x.select(1, 0).gt(0).nonzero(); }},
      {"bincount", [](const Tensor& x) { return places(x.flatten()).bincount({}, x.size(0) + 6).slice(0, 0, 6); }},
      {"sort",
       [](const Tensor& x) {
         auto [v, i] = x.sort(2, true);
         return v + i;
       }},
      {"argsort", [](const Tensor& x) { return at::argsort(whole(x), /*stable=*/true, 3, false); }},
      {"topk",
       [](const Tensor& x) {
         auto [v, i] = x.topk(3, 2);
         return v + i;
       }},
      {"searchsorted",
       [](const Tensor& x) {
         return at::searchsorted(at::tensor({-1.0f, 0.0f, 0.5f}), x);
       }},
      {"one_hot", [](const Tensor& x) { return at::one_hot(places(x), 6); }},
      // reductions
      {"sum",
       [](const Tensor& x) {
         return x.sum({1, 3}) + x.sum() + x.gt(0).sum({1, 3});
       }},
      {"mean", [](const Tensor& x) { return x.mean({-1}, true) + x.mean(); }},
      {"extremes",
       [](const Tensor& x) {
         return x.amax({1, 2}) + x.amin({1, 2}) + x.max() + x.min();
       }},
      {"max_dim",
       [](const Tensor& x) {
         auto [v, i] = x.max(2);
         auto [w, j] = x.min(2, false);
         return v + i + w * j;
       }},
      {"argmax", [](const Tensor& x) { return x.argmax(1) + x.argmin(1) + x.argmax(); }},
      {"product", [](const Tensor& x) { return x.prod(2); }},
      {"variance",
       [](const Tensor& x) {
         return x.var({1, 2}) + x.std({1, 2}) + x.var(0, false).sum(0).sum(0) + x.var();
       }},
      {"norm",
       [](const Tensor& x) {
         return x.norm(2, {1}) + at::linalg_vector_norm(x, 1, {1}) + at::linalg_vector_norm(x, INFINITY, {1});
       }},
      {"logsumexp",
       [](const Tensor& x) {
         return x.logsumexp({1, 2});
       }},
      {"any_all", [](const Tensor& x) { return x.gt(1).any(2).logical_or(x.gt(-1).all(2)); }},
      {"count_nonzero",
       [](const Tensor& x) {
         return at::count_nonzero(x.relu(), {1, 2});
       }},
      {"cumsum", [](const Tensor& x) { return x.cumsum(2); }},
      {"reductions_18",
       [](const Tensor& x) {
         return x.mean({1, 2}) + x.amax({1, 2}) + x.sum({1, 2});
       },
       {4, 6, 6},
       18},
      // matrices
      {"linear",
       [](const Tensor& x) {
         return at::linear(x, weights({3, 6}), weights({3}));
       }},
      {"linear_rows",
       [](const Tensor& x) {
         return at::linear(x, weights({3, 6}), weights({3})) + at::linear(x, weights({6, 3}).t());
       },
       kRow},
      {"matmul",
       [](const Tensor& x) {
         return x.matmul(x.transpose(2, 3)).matmul(weights({6, 2}));
       }},
      {"bmm", [](const Tensor& x) { return at::bmm(x.select(1, 0), x.select(1, 1)); }},
      {"addmm",
       [](const Tensor& x) {
         return at::addmm(weights({3}), x, weights({6, 3}), 0.5, 2);
       },
       kRow},
      {"baddbmm", [](const Tensor& x) { return at::baddbmm(x.select(1, 0), x.select(1, 1), x.select(1, 2), 0.5, 2); }},
      {"einsum",
       [](const Tensor& x) {
         return at::einsum("bchw, wk -> bkc", {x, weights({6, 2})});
       }},
      // layers
      {"conv1d",
       [](const Tensor& x) {
         return at::conv1d(x.select(2, 0), weights({5, 4, 3}), weights({5}), 2, 1);
       }},
      {"conv2d",
       [](const Tensor& x) {
         return at::conv2d(x, weights({6, 2, 3, 2}), {}, {2, 1}, {1, 0}, {1, 2}, 2);
       }},
      {"conv2d_same",
       [](const Tensor& x) {
         return at::conv2d(x, weights({2, 4, 4, 3}), {}, 1, "same");
       }},
      {"conv3d",
       [](const Tensor& x) {
         return at::conv3d(x.unsqueeze(1), weights({2, 1, 2, 3, 3}), weights({2}), 1, 1);
       }},
      {"conv_transpose1d",
       [](const Tensor& x) {
         return at::conv_transpose1d(x.select(2, 0), weights({4, 3, 3}), weights({3}), 2, 1, 1);
       }},
      {"conv_transpose2d",
       [](const Tensor& x) {
         return at::conv_transpose2d(x, weights({4, 3, 3, 3}), weights({6}), 2, 1, 1, 2);
       }},
      {"batch_norm",
       [](const Tensor& x) {
         return at::batch_norm(x, weights({4}), weights({4}), weights({4}), above_zero(weights({4})), false, 0.1, 1e-3,
                               false);
       }},
      {"batch_norm_plain",
       [](const Tensor& x) {
         return at::batch_norm(x, {}, {}, weights({4}), above_zero(weights({4})), false, 0.1, 1e-3, false);
       }},
      {"layer_norm",
       [](const Tensor& x) {
         return at::layer_norm(x, {6, 6}, weights({6, 6}), weights({6, 6})) + at::layer_norm(x, {6});
       }},
      {"layer_norm_13",
       [](const Tensor& x) { return at::layer_norm(x, {6}, weights({6}), weights({6})); },
       {4, 6, 6},
       13},
      {"group_norm",
       [](const Tensor& x) { return at::group_norm(x, 2, weights({4}), weights({4})) + at::group_norm(x, 1); }},
      {"instance_norm",
       [](const Tensor& x) {
         return at::instance_norm(x, weights({4}), weights({4}), {}, {}, true, 0.1, 1e-5, false);
       }},
      {"rms_norm", [](const Tensor& x) { return at::rms_norm(x, {6}, weights({6}), 1e-4); }},
      {"max_pool2d", [](const Tensor& x) { return at::max_pool2d(x, 3, 2, 1); }},
      {"max_pool2d_ceil",
       [](const Tensor& x) { return at::max_pool2d(x, 3, 2, 0, 1, true) + at::max_pool2d(x, 2, 2, 0, 2, true).sum(); }},
      {"max_pool1d", [](const Tensor& x) { return at::max_pool1d(x.select(1, 0), 2); }},
      {"avg_pool2d",
       [](const Tensor& x) { return at::avg_pool2d(x, 3, 2, 1) + at::avg_pool2d(x, 3, 2, 1, false, false); }},
      {"avg_pool3d",
       [](const Tensor& x) {
         return at::avg_pool3d(x.unsqueeze(1), {2, 3, 3});
       }},
      {"adaptive_avg_pool",
       [](const Tensor& x) {
         return at::adaptive_avg_pool2d(x, {1, 1}) + at::adaptive_avg_pool2d(x, {3, 2}).sum({2, 3}, true);
       }},
      {"adaptive_avg_pool_uneven",
       [](const Tensor& x) {
         return at::adaptive_avg_pool2d(x, {4, 5});
       }},
      {"adaptive_max_pool",
       [](const Tensor& x) {
         return std::get<0>(at::adaptive_max_pool2d(x, {3, 2}));
       }},
      {"attention", [](const Tensor& x) { return at::scaled_dot_product_attention(x, x.tanh(), x * 2); }},
      {"attention_causal",
       [](const Tensor& x) { return at::scaled_dot_product_attention(x, x, x, {}, 0.0, true, 0.7); }},
      {"attention_mask",
       [](const Tensor& x) {
         return at::scaled_dot_product_attention(x, x, x, at::ones({6, 6}, at::kBool).tril(1)) +
                at::scaled_dot_product_attention(x, x, x, weights({6, 6}));
       }},
      {"attention_over_batch", [](const Tensor& x) { return at::scaled_dot_product_attention(x, x, x, {}, 0.0, true); },
       kRow},
      {"upsample_nearest",
       [](const Tensor& x) {
         return at::upsample_nearest2d(x, {12, 9});
       }},
      {"upsample_bilinear",
       [](const Tensor& x) {
         return at::upsample_bilinear2d(x, {9, 13}, false) + at::upsample_bilinear2d(x, {9, 13}, true);
       }},
      {"upsample_bicubic",
       [](const Tensor& x) {
         return at::upsample_bicubic2d(x, {9, 12}, false);
       }},
      {"pad",
       [](const Tensor& x) {
         return at::constant_pad_nd(x, {1, 2, 0, 1}, 0.5).sum() + at::reflection_pad2d(x, {1, 2, 2, 1}) +
                at::replication_pad2d(x, {1, 2, 2, 1});
       }},
      {"pixel_shuffle", [](const Tensor& x) { return at::pixel_shuffle(x, 2); }},
      {"pixel_unshuffle", [](const Tensor& x) { return at::pixel_unshuffle(x, 3); }},
      {"channel_shuffle", [](const Tensor& x) { return at::channel_shuffle(x, 2); }},
      // recurrent layers
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
      // new tensors
      {"created",
       [](const Tensor& x) {
         return at::zeros_like(x) + at::ones({x.size(0), 1, 1, 1}) + at::full({x.size(0), 1, 1, 1}, 2.5);
       }},
      {"arange",
       [](const Tensor& x) {
         return x.sum({1, 2, 3}) + at::arange(x.size(0)) + at::arange(1, x.size(0) + 1, 1);
       }},
      {"size_as_a_number", [](const Tensor& x) { return x * x.size(0) + whole(x) * x.size(0); }},
      {"eye", [](const Tensor& x) { return at::eye(x.size(0)); }},
      {"filled_in_place",
       [](const Tensor& x) {
         return at::empty({x.size(0), 1, 1, 1}).fill_(3) + x;
       }},
  };
}

}  // namespace

TEST_CASE("operators give the same numbers as ONNX nodes") {
  for (const Case& one : cases()) {
    INFO(one.name);
    FunctionNetwork network;
    network.function = one.function;
    network.set_training(false);
    const OnnxSubject subject = subject_of(network, one.sample);
    try {
      const OnnxEvaluator evaluator(test::through_file(build_onnx(subject, network, one.opset).model, one.name));
      for (const int64_t size : {1, 7}) {
        // One sample has no variance, and a batch of one is still a batch to the graph when squeeze drops it here.
        if (size == 1 && (one.name == std::string("variance") || one.name == std::string("squeeze"))) continue;
        INFO(size);
        CHECK(test::model_difference(evaluator, subject, {size}, one.name + std::string("_") + std::to_string(size)) <
              2e-5);
      }
    } catch (const std::exception& error) {
      FAIL_CHECK(std::string(error.what()).substr(0, 400));
    }
  }
}

TEST_CASE("an operator without a form in ONNX is named with its module") {
  struct Fourier final : Layer {
    Tensor compute(const Tensor& x) override { return at::fft_rfft(x).abs(); }
  };
  struct Net final : SimpleNetwork {
    std::shared_ptr<Sequential> body = make<Sequential>("body");
    Net() { body->add<Fourier>(); }
    Tensor compute(const Tensor& x) override { return body->forward(x); }
  } net;
  net.set_training(false);
  FunctionNetwork shape;
  OnnxSubject subject = subject_of(shape, {4, 6, 6});
  subject.forward = [&](const Batch& batch) -> Batch { return {{"output", net.forward(batch["input"])}}; };
  try {
    build_onnx(subject, net, 17);
    FAIL("no error");
  } catch (const UserError& error) {
    CHECK_THAT(error.what(), Catch::Contains("aten::fft_rfft in body.0"));
  }
}

TEST_CASE("what the outputs do not need may be anything") {
  CHECK(problem_of([](const Tensor& x) {
          at::fft_rfft(x);
          return x + 1;
        }) == "no problem");
}

TEST_CASE("networks that no graph can hold are refused with the reason") {
  const auto other_operators = [](const Tensor& x) { return x.size(0) > 3 ? x.relu() : x.tanh(); };
  CHECK_THAT(problem_of(other_operators), Catch::Contains("runs other operators") && Catch::Contains("aten::tanh"));
  const auto random = [](const Tensor& x) { return x + at::randn({6}); };
  CHECK_THAT(problem_of(random), Catch::Contains("aten::randn"));
  const auto crooked = [](const Tensor& x) { return x + at::zeros({x.size(0) * x.size(0) * x.size(0)}).sum(); };
  CHECK_THAT(problem_of(crooked), Catch::Contains("follows the size of the input in no simple way"));
  const auto through_view = [](const Tensor& x) {
    const Tensor y = x + 1;
    y.select(1, 0).zero_();
    return y * 2;
  };
  CHECK_THAT(problem_of(through_view), Catch::Contains("changed in place through a view"));
  const auto outside = [](const Tensor& x) {
    Tensor ramp = at::empty({x.size(0), 1, 1, 1});
    for (int64_t i = 0; i < x.size(0); ++i) ramp.data_ptr<float>()[i] = static_cast<float>(i);
    return x + ramp;
  };
  CHECK_THAT(problem_of(outside), Catch::Contains("follows the size of the input"));
  CHECK_THAT(problem_of([](const Tensor& x) { return x.tril(); }, 13), Catch::Contains("needs opset 14"));
  CHECK_THAT(problem_of([](const Tensor& x) { return at::dropout(x, 0.5, true); }), Catch::Contains("while training"));
}

TEST_CASE("a size that follows the input is found from four recordings, or not at all") {
  const std::vector<DynamicSize> sizes = {{"n", "x", 0, {2, 3, 5, 4}}, {"t", "x", 1, {9, 7, 8, 6}}};
  const auto text = [&](std::vector<int64_t> recorded) {
    const auto found = fit(Integer(std::move(recorded)), sizes);
    if (!found) return std::string("nothing");
    std::string text;
    for (const SizeExpression::Term& term : found->terms) {
      text += std::to_string(term.factor);
      for (const size_t dimension : term.dimensions) text += " " + sizes[dimension].name;
      text += " + ";
    }
    return text + std::to_string(found->offset);
  };
  CHECK(text({7, 7, 7, 7}) == "7");
  CHECK(text({2, 3, 5, 4}) == "1 n + 0");
  CHECK(text({27, 21, 24, 18}) == "3 t + 0");
  CHECK(text({-1, 0, 2, 1}) == "1 n + -3");
  CHECK(text({36, 42, 80, 48}) == "2 n t + 0");
  CHECK(text({12, 11, 14, 11}) == "1 n + 1 t + 1");
  CHECK(text({4, 9, 25, 16}) == "1 n n + 0");
  CHECK(text({8, 27, 125, 64}) == "nothing");
}

TEST_CASE("docs/onnx_export.md lists the operators of the table") {
  const std::string page = test::read_bytes(test::source_dir() / "docs/onnx_export.md");
  const std::string list = page.substr(page.find("## Operators"));
  std::set<std::string> written;
  for (size_t at = list.find('`'); at != std::string::npos; at = list.find('`', at + 1)) {
    const size_t end = list.find('`', at + 1);
    const std::string name = list.substr(at + 1, end - at - 1);
    written.insert(name.find("::") == std::string::npos ? "aten::" + name : name);
    at = end;
  }
  const std::vector<std::string> names = lowered_operators();
  CHECK(written == std::set<std::string>(names.begin(), names.end()));
}

TEST_CASE("the table of lowerings is not lost by the linker") {
  const std::vector<std::string> names = lowered_operators();
  CHECK(names.size() > 200);
  CHECK(find_lowering("aten::relu_") == find_lowering("aten::relu"));
  CHECK(find_lowering("aten::nothing") == nullptr);
}

}  // namespace dlrun
