// The layers of src/nn against torch.nn: results, gradients, state.

#include <catch2/catch.hpp>

#include "base/error.h"
#include "golden.h"
#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/build_device.h"
#include "nn/conv2d.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/group_norm.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/pooling.h"
#include "nn/sequential.h"

namespace dlrun::blocks_test {
namespace {

constexpr double tolerance = 1e-5;

// Forward, the gradients of every parameter and of the input; for images in channels_last too.
void check(const std::string& name, Layer& layer, at::IntArrayRef shape) {
  static const nlohmann::json golden = read_golden("blocks");
  INFO(name);
  fill_by_formula(layer);
  for (const bool channels_last : {false, true}) {
    if (channels_last && shape.size() != 4) continue;
    INFO("channels_last " << channels_last);
    at::Tensor x = numbers(shape);
    if (channels_last) x = x.contiguous(at::MemoryFormat::ChannelsLast);
    x.set_requires_grad(true);
    const at::Tensor output = layer.forward(x);
    if (channels_last) CHECK(output.is_contiguous(at::MemoryFormat::ChannelsLast));
    CHECK(relative_difference(output, golden[name]["output"]) < tolerance);
    check_gradients(layer, output, golden[name]["gradients"], tolerance);
    CHECK(relative_difference(x.grad(), golden[name]["input_gradient"]) < tolerance);
    for (const NamedTensor& entry : layer.buffers()) {
      if (layer.training() && golden[name].contains(entry.name))
        CHECK(relative_difference(*entry.tensor, golden[name][entry.name]) < tolerance);
    }
    fill_by_formula(layer);
  }
}

TEST_CASE("linear, convolution and its transpose agree with torch.nn") {
  Linear linear(5, 4);
  check("linear", linear, {3, 5});
  Conv2d conv({.inputs = 4, .outputs = 6, .kernel = {3, 2}, .stride = 2, .padding = 1, .dilation = 2, .groups = 2});
  check("conv2d", conv, {2, 4, 7, 8});
  ConvTranspose2d transpose(
      {.inputs = 4, .outputs = 6, .kernel = {3}, .stride = 2, .padding = 1, .output_padding = {1, 0}, .groups = 2});
  check("conv_transpose2d", transpose, {2, 4, 3, 4});
}

TEST_CASE("norms agree with torch.nn, running statistics included") {
  BatchNorm batch(3);
  check("batch_norm", batch, {2, 3, 4, 5});
  CHECK(batch.num_batches_tracked.item<int64_t>() == 2);
  BatchNorm eval(4);
  eval.set_training(false);
  check("batch_norm_eval", eval, {3, 4});
  CHECK(eval.num_batches_tracked.item<int64_t>() == 0);
  LayerNorm layer(6);
  check("layer_norm", layer, {2, 3, 6});
  GroupNorm group(2, 4);
  check("group_norm", group, {2, 4, 3, 3});
}

TEST_CASE("pooling agrees with torch.nn") {
  MaxPool2d max(3, 2, 1);
  check("max_pool2d", max, {2, 2, 7, 6});
  AvgPool2d average(2);
  check("avg_pool2d", average, {2, 2, 7, 6});
}

TEST_CASE("embedding agrees with torch.nn") {
  const nlohmann::json golden = read_golden("blocks")["embedding"];
  Embedding embedding(7, 3);
  fill_by_formula(embedding);
  const at::Tensor output = embedding.forward(at::tensor({1, 2, 2, 6, 0, 1}, at::kLong).reshape({2, 3}));
  CHECK(output.sizes() == at::IntArrayRef({2, 3, 3}));
  CHECK(relative_difference(output, golden["output"]) < tolerance);
  check_gradients(embedding, output, golden["gradients"], tolerance);
}

TEST_CASE("every activation a recipe may name agrees with torch.nn") {
  const nlohmann::json golden = read_golden("blocks")["activations"];
  CHECK(activation_choice().choices.size() == golden.size());
  for (const std::string& name : activation_choice().choices) {
    INFO(name);
    at::Tensor leaf = (3 * waves(8, 0.5)).to(at::kFloat).set_requires_grad(true);
    const at::Tensor output = Activation(name).forward(leaf * 1);
    CHECK(relative_difference(output, golden[name]["output"]) < tolerance);
    (output * waves(8, 2.0)).sum().backward();
    CHECK(relative_difference(leaf.grad(), golden[name]["input_gradient"]) < tolerance);
  }
}

TEST_CASE("dropout keeps the mean, the zeroes are the asked share, and evaluation is the identity") {
  Dropout dropout(0.3);
  at::manual_seed(1);
  const at::Tensor ones = at::ones({100000});
  const at::Tensor dropped = dropout.forward(ones);
  CHECK(dropped.mean().item<double>() == Approx(1.0).margin(0.01));
  CHECK(dropped.eq(0).to(at::kFloat).mean().item<double>() == Approx(0.3).margin(0.01));
  dropout.set_training(false);
  CHECK(dropout.forward(ones).is_same(ones));
}

TEST_CASE("batch norm refuses to train on one value per channel") {
  BatchNorm norm(3);
  CHECK_THROWS_AS(norm.forward(at::zeros({1, 3})), UserError);
  CHECK_NOTHROW(norm.forward(at::zeros({1, 3, 1, 2})));
  norm.set_training(false);
  CHECK_NOTHROW(norm.forward(at::zeros({1, 3})));
}

TEST_CASE("sequential numbers its layers and leaves out missing ones") {
  Sequential layers;
  layers.add<Linear>(3, 2, false);
  layers.add(make_row_norm("none", 2));
  layers.add<Activation>("tanh");
  layers.add<Linear>(2, 2);
  std::vector<std::string> names;
  for (const NamedTensor& entry : layers.parameters()) names.push_back(entry.name);
  CHECK(names == std::vector<std::string>{"0.weight", "2.weight", "2.bias"});
}

TEST_CASE("flattening channels_last images follows the order of indices") {
  const at::Tensor x = numbers({2, 3, 4, 5});
  CHECK(at::equal(Flatten().forward(x.contiguous(at::MemoryFormat::ChannelsLast)), x.reshape({2, 60})));
}

TEST_CASE("named norms of images and rows") {
  for (const std::string& name : image_norm_choice().choices)
    if (name != "none") CHECK(make_image_norm(name, 12)->forward(at::randn({2, 12, 3, 3})).numel() == 216);
  for (const std::string& name : row_norm_choice().choices)
    if (name != "none") CHECK(make_row_norm(name, 12)->forward(at::randn({2, 12})).numel() == 24);
  CHECK(make_row_norm("none", 4) == nullptr);
}

}  // namespace
}  // namespace dlrun::blocks_test
