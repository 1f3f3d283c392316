// Mixed precision for rehearsals: which operators compute in which type, as torch.autocast decides.

#pragma once

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>

#include <map>
#include <span>

namespace c10 {
struct FunctionSchema;
}

namespace dlrun {

// For TapOptions::prepare. Before an operator runs, its float arguments become `type` (products, convolutions,
// attention), float (norms, losses, sums, powers) or, where types meet in one call, the widest; other operators take
// what comes. Weights are converted once and kept until this object ends. Gradients flow back through the conversions.
class MixedPrecision {
 public:
  explicit MixedPrecision(at::ScalarType type) : type_(type) {}
  void prepare(const c10::FunctionSchema& schema, std::span<c10::IValue> arguments);

 private:
  at::Tensor converted(const at::Tensor& tensor, at::ScalarType type);

  at::ScalarType type_;
  std::map<const void*, std::pair<at::Tensor, at::Tensor>> weights_;  // by tensor: itself, converted
};

}  // namespace dlrun
