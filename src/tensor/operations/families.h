// The formulas for operations, one file per family of operators.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tensor/tap.h"

namespace dlrun::operations_of {

struct Formula {
  std::string_view op;  // "aten::mm"
  int64_t (*count)(const TappedCall& call);
};

std::span<const Formula> products();
std::span<const Formula> convolutions();
std::span<const Formula> attention();
std::span<const Formula> recurrent();

// A tensor argument; undefined where there is none.
inline at::Tensor tensor(const TappedCall& call, size_t i) {
  return i < call.arguments.size() && call.arguments[i].isTensor() ? call.arguments[i].toTensor() : at::Tensor();
}
// The i-th result; undefined where the operator was not asked for it.
inline at::Tensor result(const TappedCall& call, size_t i) {
  return i < call.results.size() && call.results[i].isTensor() ? call.results[i].toTensor() : at::Tensor();
}

}  // namespace dlrun::operations_of
