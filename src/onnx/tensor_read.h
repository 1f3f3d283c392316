// TensorProto: an ONNX tensor out of bytes we do not trust.

#pragma once

#include <memory>
#include <string>

#include "onnx/external_data.h"
#include "onnx/model.h"
#include "onnx/wire.h"

namespace dlrun {

// What all parts of one file share while it is read.
struct OnnxReading {
  std::shared_ptr<void> owner;  // of the file's bytes; tensors may lie in them
  ExternalData external;
  uint64_t memory = 0;  // what may still be allocated

  // Throws WireError when the file asks for more than it may.
  void take_memory(uint64_t bytes, const WirePlace& place);
};

// Throws WireError for one that is cut short, does not fit its shape, or is of a type that is not supported.
OnnxTensor read_onnx_tensor(std::string_view bytes, const WirePlace& place, OnnxReading& reading);

}  // namespace dlrun
