// What tests of lowering share: networks of one function, and the comparison of its operators with their ONNX nodes.

#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "golden.h"
#include "onnx/exported.h"
#include "onnx/lower.h"

namespace dlrun::test {

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

inline OnnxSubject subject_of(FunctionNetwork& network, const std::vector<int64_t>& sample) {
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

inline Tensor weights(at::IntArrayRef shape) { return numbers(shape, 1.1); }

inline const std::vector<int64_t> kRow = {6};

inline Tensor above_zero(const Tensor& x) { return x.abs() + 0.1; }
inline Tensor unit(const Tensor& x) { return x.tanh() * 0.9; }
inline Tensor whole(const Tensor& x) { return (x * 3).to(at::kLong); }
// Indices below 6 of the same rank as x.
inline Tensor places(const Tensor& x) { return (x * 10).to(at::kLong).remainder(6); }

// Every case gives the same numbers through ONNX nodes, for batches of other sizes than those recorded.
inline void check_lowering(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    INFO(one.name);
    FunctionNetwork network;
    network.function = one.function;
    network.set_training(false);
    const OnnxSubject subject = subject_of(network, one.sample);
    try {
      const OnnxEvaluator evaluator(through_file(build_onnx(subject, network, one.opset).model, one.name));
      for (const int64_t size : {1, 7}) {
        // One sample has no variance, and a batch of one is still a batch to the graph when squeeze drops it here.
        if (size == 1 && (one.name == std::string("variance") || one.name == std::string("squeeze"))) continue;
        INFO(size);
        CHECK(model_difference(evaluator, subject, {size}, one.name + std::string("_") + std::to_string(size)) < 2e-5);
      }
    } catch (const std::exception& error) {
      FAIL_CHECK(std::string(error.what()).substr(0, 400));
    }
  }
}

}  // namespace dlrun::test
