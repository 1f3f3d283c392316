// Work on tensors without values: what `meta` lacks beside the kernels in tensor/meta/.

#pragma once

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>

#include <span>

namespace c10 {
struct FunctionSchema;
}

namespace dlrun {

// For TapOptions::prepare. Where some tensors of a call are on `meta`, the others are replaced by tensors without
// values of the same shape, strides and type, because operators take no mixture; a device among the arguments becomes
// `meta`. Calls without any such tensor are left alone, so that code that depends on values (the edges of a graph)
// works as long as it reads real ones.
void all_on_meta(const c10::FunctionSchema& schema, std::span<c10::IValue> arguments);

}  // namespace dlrun
