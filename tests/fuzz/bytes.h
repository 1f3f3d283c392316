// What fuzz targets share: a file in memory of exactly the bytes given, and reading what came out of it.

#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "tensor/named_tensor.h"

namespace dlrun::fuzz {

// Memory of its own, so that a sanitizer sees the first byte beyond it.
inline FileBytes file_of(const uint8_t* data, size_t size) {
  std::shared_ptr<std::byte[]> copy(new std::byte[size]);
  std::copy_n(reinterpret_cast<const std::byte*>(data), size, copy.get());
  return {std::shared_ptr<void>(copy, copy.get()), {copy.get(), size}};
}

// Reads every element of every tensor, so that one that reaches outside its file is found.
inline void touch(const TensorList& tensors) {
  static volatile uint64_t kept = 0;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor plain = tensor.contiguous();
    const auto* bytes = static_cast<const unsigned char*>(plain.nbytes() == 0 ? nullptr : plain.const_data_ptr());
    for (size_t i = 0; i < plain.nbytes(); ++i) kept = kept + bytes[i];
  }
}

// Any bytes are read or refused as bad data: nothing else may leave a reader.
template <class Read>
int only_bad_data(const Read& read) {
  try {
    read();
  } catch (const UserError& error) {
    if (error.code() != ExitCode::bad_data) std::abort();
  }
  return 0;
}

}  // namespace dlrun::fuzz
