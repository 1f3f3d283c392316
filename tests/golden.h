// Reference numbers of other frameworks, and the formulas both sides fill weights and inputs with.
//
// The files lie in tests/golden, each beside the Python script that wrote it; golden/formula.py holds the same
// formulas.

#pragma once

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nn/module.h"

#include "support.h"

namespace dlrun {

inline nlohmann::json read_golden(const std::string& stem) {
  const std::string path = test::source_dir().string() + "/tests/golden/" + stem + ".json";
  std::ifstream file(path);
  if (!file) throw std::runtime_error("no golden file " + path);
  return nlohmann::json::parse(file);
}

// sin(phase + i * i mod 4999) for i = 0, 1, ..., float64; without the square every weight would have rank 2.
inline at::Tensor waves(int64_t count, double phase) {
  const at::Tensor i = at::arange(count, at::kLong);
  return at::sin((i * i).remainder(4999).to(at::kDouble) + phase);
}

inline at::Tensor numbers(at::IntArrayRef shape, double phase = 0.5) {
  return waves(c10::multiply_integers(shape), phase).reshape(shape).to(at::kFloat);
}

inline at::Tensor tokens(at::IntArrayRef shape, int64_t vocabulary) {
  const at::Tensor i = at::arange(c10::multiply_integers(shape), at::kLong);
  return (i * i + 3 * i).remainder(vocabulary).reshape(shape);
}

inline void fill_by_formula(const Module& module) {
  const c10::NoGradGuard no_grad;
  std::vector<NamedTensor> all = module.parameters();
  for (const NamedTensor& entry : module.buffers()) all.push_back(entry);
  for (const auto& [name, tensor] : all) {
    if (!tensor->is_floating_point()) continue;
    int64_t phase = 0;
    for (const char letter : name) phase += letter;
    at::Tensor wave = waves(tensor->numel(), static_cast<double>(phase % 997)).reshape(tensor->sizes());
    if (name.ends_with("running_var")) {
      wave = 1 + 0.5 * wave * wave;
    } else if (tensor->dim() > 1) {
      wave = wave * std::sqrt(2.0 * static_cast<double>(tensor->size(0)) / static_cast<double>(tensor->numel()));
    } else if (name.ends_with("weight")) {
      wave = 1 + 0.1 * wave;
    } else {
      wave = 0.1 * wave;
    }
    tensor->copy_(wave);
  }
}

inline at::Tensor golden_tensor(const nlohmann::json& values) {
  return at::tensor(values.get<std::vector<double>>(), at::kDouble);
}

// Largest difference between `actual` and the stored numbers, as a share of the largest stored number.
inline double relative_difference(const at::Tensor& actual, const nlohmann::json& values) {
  const at::Tensor expected = golden_tensor(values);
  const at::Tensor flat = actual.detach().flatten().to(at::kDouble);
  REQUIRE(flat.numel() == expected.numel());
  return ((flat - expected).abs().max() / (expected.abs().max() + 1e-30)).item<double>();
}

// For weights that PyTorch draws after the same seed. Golden numbers come from one processor; on others the logarithm,
// cosine and inverse error function of libtorch and MKL differ in the last bits, and so does a sum that is fused with a
// product on one of them: by 3.4e-7 of the largest weight where libtorch uses no AVX2. Another formula or another order
// of draws differs by far more.
constexpr double drawn_tolerance = 1e-6;

// Compares the gradients of sum(output * waves) with those stored by name: their norms and products with waves.
inline void check_gradients(const Module& module, const at::Tensor& output, const nlohmann::json& expected,
                            double tolerance = 1e-4) {
  for (const NamedTensor& entry : module.parameters()) entry.tensor->mutable_grad().reset();
  (output.to(at::kDouble) * waves(output.numel(), 2.0).reshape(output.sizes())).sum().backward();
  REQUIRE(module.parameters().size() == expected.size());
  for (const auto& [name, tensor] : module.parameters()) {
    INFO(name);
    REQUIRE(expected.contains(name));
    REQUIRE(tensor->grad().defined());
    const at::Tensor gradient = tensor->grad().flatten().to(at::kDouble);
    const double norm = expected[name][0], product = expected[name][1];
    const double actual = gradient.norm().item<double>();
    CHECK(std::abs(actual - norm) <= tolerance * norm + 1e-5);
    const double actual_product = (gradient * waves(gradient.numel(), 1.0)).sum().item<double>();
    CHECK(std::abs(actual_product - product) <= tolerance * norm + 1e-5);
  }
}

}  // namespace dlrun
