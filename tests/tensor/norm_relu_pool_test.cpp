// The operator norm_relu_pool against the three operators it stands for, those in double precision.

#include "tensor/norm_relu_pool.h"

#include <ATen/Parallel.h>
#include <catch2/catch.hpp>

#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/pooling.h"
#include "nn/sequential.h"

namespace dlrun::norm_relu_pool_test {
namespace {

constexpr auto channels_last = at::MemoryFormat::ChannelsLast;

struct Result {
  at::Tensor output, input_gradient, weight_gradient, bias_gradient, mean, variance;
};

struct Case {
  at::Tensor input, weight, bias, incoming;
  int64_t pool;
};

Case make_case(int64_t batch, int64_t channels, int64_t height, int64_t width, int64_t pool) {
  at::manual_seed(7);
  Case made;
  // A mean far from zero and few distinct values: cancellation and equal numbers in a window must not hurt.
  made.input = (at::randn({batch, channels, height, width}) * 4).round() / 4 + 3;
  made.input = made.input.contiguous(channels_last);
  made.weight = at::randn({channels});
  made.weight[0] = 0.0;
  made.bias = at::randn({channels}) * 0.5;
  made.incoming = at::randn({batch, channels, height / pool, width / pool});
  made.pool = pool;
  return made;
}

template <class Function>
Result differentiate(const Case& from, Function function) {
  at::Tensor x = from.input.clone().set_requires_grad(true), weight = from.weight.clone().set_requires_grad(true);
  at::Tensor bias = from.bias.clone().set_requires_grad(true);
  at::Tensor mean = at::full_like(from.bias, 0.25), variance = at::full_like(from.bias, 2.0);
  const at::Tensor output = function(x, weight, bias, mean, variance);
  output.backward(from.incoming);
  return {output.detach(), x.grad(), weight.grad(), bias.grad(), mean, variance};
}

Result apart(const Case& from) {
  return differentiate(from, [&](auto& x, auto& weight, auto& bias, auto& mean, auto& variance) {
    const at::Tensor z = at::batch_norm(x, weight, bias, mean, variance, true, 0.1, 1e-5, false).relu();
    return from.pool == 1 ? z : at::max_pool2d(z, from.pool);
  });
}

Result together(const Case& from) {
  return differentiate(from, [&](auto& x, auto& weight, auto& bias, auto& mean, auto& variance) {
    return norm_relu_pool(x, weight, bias, mean, variance, 0.1, 1e-5, from.pool);
  });
}

Case in_double(Case from) {
  for (at::Tensor* tensor : {&from.input, &from.weight, &from.bias, &from.incoming}) *tensor = tensor->to(at::kDouble);
  return from;
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  REQUIRE(a.sizes() == b.sizes());
  return ((a - b).abs().max() / b.abs().max().clamp_min(1e-12)).item<double>();
}

TEST_CASE("norm_relu_pool equals batch norm, relu and max pooling, gradients and running statistics included") {
  for (const int64_t pool : {1, 2})
    for (const auto& [height, width] :
         std::vector<std::pair<int64_t, int64_t>>{{60, 61}, {28, 28}, {7, 9}, {8, 5}, {3, 4}, {2, 2}})
      for (const int64_t channels : {16, 48}) {
        INFO(channels << " channels, " << height << " x " << width << ", pool " << pool);
        const Case from = make_case(5, channels, height, width, pool);
        REQUIRE(norm_relu_pool_takes(from.input, from.weight, pool));
        const Result expected = apart(in_double(from)), actual = together(from);
        CHECK(actual.output.is_contiguous(channels_last));
        CHECK(difference(actual.output, expected.output) < 2e-6);
        CHECK(difference(actual.input_gradient, expected.input_gradient) < 5e-6);
        CHECK(difference(actual.weight_gradient, expected.weight_gradient) < 5e-6);
        CHECK(difference(actual.bias_gradient, expected.bias_gradient) < 5e-6);
        CHECK(difference(actual.mean, expected.mean) < 1e-6);
        CHECK(difference(actual.variance, expected.variance) < 1e-6);
      }
}

TEST_CASE("norm_relu_pool gives the same bits for any number of threads") {
  const Case from = make_case(32, 32, 28, 28, 2);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Result one = together(from);
  at::set_num_threads(2);
  const Result two = together(from);
  at::set_num_threads(before);
  CHECK(at::equal(one.output, two.output));
  CHECK(at::equal(one.input_gradient, two.input_gradient));
  CHECK(at::equal(one.weight_gradient, two.weight_gradient));
  CHECK(at::equal(one.variance, two.variance));
}

TEST_CASE("norm_relu_pool passes on what is not a number") {
  Case from = make_case(2, 16, 4, 4, 2);
  from.input[1][3][2][2] = std::numeric_limits<float>::quiet_NaN();
  const Result actual = together(from);
  CHECK(actual.output.select(1, 3).isnan().all().item<bool>());
  CHECK(!actual.output.select(1, 4).isnan().any().item<bool>());
}

TEST_CASE("norm_relu_pool refuses what it cannot do") {
  const at::Tensor weight = at::ones({16}), images = at::ones({2, 16, 6, 6}).contiguous(channels_last);
  CHECK(norm_relu_pool_takes(images, weight, 2));
  CHECK_FALSE(norm_relu_pool_takes(images, weight, 3));
  CHECK_FALSE(norm_relu_pool_takes(images, weight, 0));
  CHECK_FALSE(norm_relu_pool_takes(images, at::Tensor(), 2));
  CHECK_FALSE(norm_relu_pool_takes(at::ones({2, 16, 6, 6}), weight, 2));
  CHECK_FALSE(norm_relu_pool_takes(images.narrow(2, 0, 5), weight, 2));
  CHECK_FALSE(norm_relu_pool_takes(images.to(at::kDouble), weight, 2));
  CHECK_FALSE(norm_relu_pool_takes(at::ones({2, 8, 6, 6}).contiguous(channels_last), weight, 2));
  CHECK_FALSE(norm_relu_pool_takes(at::ones({2, 16, 1, 6}).contiguous(channels_last), weight, 2));
}

TEST_CASE("a sequence runs norm, relu and pooling as one operator only while training, with the same results") {
  const auto forward = [](at::Tensor x, bool training, int64_t stride, at::Tensor* variance) {
    Sequential layers;
    auto norm = layers.add<BatchNorm>(16);
    layers.add<Activation>("relu");
    layers.add<MaxPool2d>(2, stride);
    layers.set_training(training);
    const at::Tensor output = layers.forward(x);
    if (variance) *variance = norm->running_var;
    CHECK(norm->num_batches_tracked.item<int64_t>() == (training ? 1 : 0));
    return output;
  };
  const at::Tensor x = make_case(4, 16, 9, 8, 2).input;
  for (const bool training : {true, false})
    for (const int64_t stride : {2, 1}) {
      INFO("training " << training << ", stride " << stride);
      at::Tensor fused_variance, plain_variance;
      const at::Tensor fused = forward(x.clone(at::MemoryFormat::Preserve), training, stride, &fused_variance);
      const at::Tensor plain = forward(x.contiguous(), training, stride, &plain_variance);
      CHECK(difference(fused, plain) < 5e-6);
      CHECK(difference(fused_variance, plain_variance) < 5e-6);
    }
}

}  // namespace
}  // namespace dlrun::norm_relu_pool_test
