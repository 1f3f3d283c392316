// Weights under a spectral norm and under weight norm, against torch.nn.utils.parametrizations.

#include "nn/parametrization.h"

#include "golden.h"
#include "nn/build_device.h"
#include "nn/conv2d.h"
#include "nn/linear.h"
#include "nn/spectral_norm.h"
#include "nn/weight_norm.h"

namespace dlrun::parametrization_test {
namespace {

constexpr double normed_tolerance = 2e-6;

// The layers of golden/norms.py, weights filled as there.
std::shared_ptr<Layer> normed_layer(const std::string& name) {
  std::shared_ptr<Layer> layer;
  if (name == "linear") layer = std::make_shared<Linear>(5, 4);
  if (name == "conv") layer = std::make_shared<Conv2d>(Conv2dOptions{.inputs = 2, .outputs = 3, .kernel = {3, 2}});
  if (name == "transpose") layer = std::make_shared<ConvTranspose2d>(Conv2dOptions{.inputs = 3, .outputs = 2});
  const c10::NoGradGuard no_gradients;
  for (const NamedTensor& slot : layer->parameters())
    slot.tensor->copy_(numbers(slot.tensor->sizes(), slot.name == "weight" ? 0.3 : 0.7));
  return layer;
}

std::vector<int64_t> shape_for(const std::string& name) {
  if (name == "linear") return {3, 5};
  return name == "conv" ? std::vector<int64_t>{2, 2, 5, 4} : std::vector<int64_t>{2, 3, 3, 4};
}

at::Tensor weight_of(const Layer& layer) {
  for (const NamedTensor& slot : layer.parameters())
    if (slot.name == "weight") return *slot.tensor;
  throw std::runtime_error("no weight");
}

at::Tensor slot_of(const Module& module, const std::string& name) {
  for (const NamedTensor& slot : module.state())
    if (slot.name == name) return *slot.tensor;
  throw std::runtime_error("no " + name);
}

// Two passes in training and one in evaluation: outputs, gradients of everything, and what is remembered.
void check_passes(Layer& layer, const std::vector<int64_t>& shape, const nlohmann::json& passes) {
  for (size_t i = 0; i < 3; ++i) {
    INFO("pass " << i);
    layer.set_training(i < 2);
    for (const NamedTensor& slot : layer.parameters()) slot.tensor->mutable_grad().reset();
    at::Tensor x = numbers(shape).set_requires_grad(true);
    const at::Tensor output = layer.forward(x);
    (output.to(at::kDouble) * waves(output.numel(), 2.0).reshape(output.sizes())).sum().backward();
    CHECK(relative_difference(output, passes[i]["output"]) < normed_tolerance);
    CHECK(relative_difference(x.grad(), passes[i]["input"]) < normed_tolerance);
    REQUIRE(layer.parameters().size() == passes[i]["gradients"].size());
    for (const NamedTensor& slot : layer.parameters()) {
      INFO(slot.name);
      CHECK(relative_difference(slot.tensor->grad(), passes[i]["gradients"].at(slot.name)) < normed_tolerance);
    }
    REQUIRE(layer.buffers().size() == passes[i]["buffers"].size());
    for (const NamedTensor& slot : layer.buffers())
      CHECK(relative_difference(*slot.tensor, passes[i]["buffers"].at(slot.name)) < normed_tolerance);
  }
}

at::Tensor unit(int64_t length, double phase) {
  const at::Tensor vector = numbers({length}, phase);
  return vector / vector.norm();
}

}  // namespace

TEST_CASE("a spectral norm is torch's in training and evaluation, gradients and power iterations included") {
  const nlohmann::json golden = read_golden("norms")["spectral"];
  for (const std::string name : {"linear", "conv", "transpose"})
    for (const int64_t iterations : {1, 3}) {
      INFO(name << " " << iterations);
      const std::shared_ptr<Layer> layer = normed_layer(name);
      const SpectralNormOptions options{.n_power_iterations = iterations, .dim = name == "transpose" ? 1 : 0};
      layer->parametrize("weight", std::make_shared<SpectralNorm>(weight_of(*layer), options));
      for (const char* vector : {"0._u", "0._v"}) {
        const at::Tensor slot = slot_of(*layer, "parametrizations.weight." + std::string(vector));
        slot.copy_(unit(slot.numel(), vector[3] == 'u' ? 0.1 : 0.2));
      }
      check_passes(*layer, shape_for(name), golden[name + "_" + std::to_string(iterations)]);
    }
}

TEST_CASE("weight norm is torch's by each dimension and over all numbers") {
  const nlohmann::json golden = read_golden("norms")["lengths"];
  for (const std::string name : {"linear", "conv", "transpose"})
    for (const int64_t dim : {0, 1, -1}) {
      INFO(name << " " << dim);
      const std::shared_ptr<Layer> layer = normed_layer(name);
      layer->parametrize("weight", std::make_shared<WeightNorm>(weight_of(*layer), dim));
      check_passes(*layer, shape_for(name), golden[name + "_" + std::to_string(dim)]);
    }
}

TEST_CASE("a spectral norm begins at the largest singular value, from whatever it draws") {
  const at::Tensor weight = at::zeros({4, 6});
  weight.diagonal().copy_(at::tensor(std::vector<float>{0.5, 3, 1, 0.2}));
  SpectralNorm norm(weight, {});
  norm.set_training(false);
  CHECK(norm.value().allclose(weight / 3, 1e-5, 1e-6));
}

TEST_CASE("a parameter under a norm is there during passes alone, and plain ones take its place and go again") {
  const std::shared_ptr<Layer> layer = normed_layer("conv");
  auto& conv = static_cast<Conv2d&>(*layer);
  const at::Tensor x = numbers(shape_for("conv"));
  conv.weight.set_requires_grad(false);  // frozen
  layer->parametrize("weight", std::make_shared<WeightNorm>(conv.weight, 0));
  CHECK_FALSE(conv.weight.defined());
  const at::Tensor before = layer->forward(x);
  CHECK_FALSE(conv.weight.defined());
  {
    const PlainParameters plain(*layer);
    std::vector<std::string> names;
    for (const NamedTensor& slot : layer->state()) names.push_back(slot.name);
    CHECK(names == std::vector<std::string>{"weight", "bias"});
    CHECK_FALSE(conv.weight.requires_grad());
    CHECK(conv.weight.allclose(numbers(conv.weight.sizes(), 0.3), 1e-6, 1e-7));
    CHECK(layer->forward(x).equal(before));
  }
  CHECK_FALSE(conv.weight.defined());
  std::vector<std::string> names;
  for (const NamedTensor& slot : layer->state()) names.push_back(slot.name);
  CHECK(names ==
        std::vector<std::string>{"bias", "parametrizations.weight.original0", "parametrizations.weight.original1"});
  CHECK_FALSE(slot_of(*layer, "parametrizations.weight.original1").requires_grad());
  CHECK(layer->find("parametrizations.weight")->path() == "parametrizations.weight");
  CHECK(layer->forward(x).equal(before));
}

TEST_CASE("weights under a norm have a shape on meta") {
  const BuildDevice scope(at::kMeta);
  Conv2d conv({.inputs = 2, .outputs = 3});
  conv.parametrize("weight", std::make_shared<SpectralNorm>(conv.weight, SpectralNormOptions{}));
  const at::Tensor output = conv.forward(at::empty({2, 2, 5, 5}, at::kMeta));
  CHECK(output.sizes() == at::IntArrayRef({2, 3, 3, 3}));
  output.sum().backward();
}

}  // namespace dlrun::parametrization_test
