// What fuzz targets share: a file in memory of exactly the bytes given, and reading what came out of it.

#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>

#include "base/error.h"
#include "base/files.h"
#include "tensor/named_tensor.h"

namespace dlrun::fuzz {

using Bytes = std::span<const uint8_t>;

// Memory of its own, so that a sanitizer sees the first byte beyond it.
inline FileBytes file_of(Bytes bytes) {
  std::shared_ptr<std::byte[]> copy(new std::byte[bytes.size()]);
  std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(), copy.get());
  return {std::shared_ptr<void>(copy, copy.get()), {copy.get(), bytes.size()}};
}

// Reads every element, so that one that lies outside of the file is found.
inline void touch(const at::Tensor& tensor) {
  static volatile uint64_t kept = 0;
  const at::Tensor plain = tensor.contiguous();
  const auto* bytes = static_cast<const unsigned char*>(plain.nbytes() == 0 ? nullptr : plain.const_data_ptr());
  for (size_t i = 0; i < plain.nbytes(); ++i) kept = kept + bytes[i];
}
inline void touch(const TensorList& tensors) {
  for (const auto& [name, tensor] : tensors) touch(tensor);
}

// A rule that every input keeps; libFuzzer and the test of the corpus take any other exception than a UserError for a
// find.
inline void expect(bool holds, const char* rule) {
  if (!holds) throw std::logic_error(rule);
}

// Any bytes are read, or refused as bad data: nothing else may leave a reader. Says which.
template <class Read>
bool only_bad_data(const Read& read) {
  try {
    read();
    return true;
  } catch (const UserError& error) {
    expect(error.code() == ExitCode::bad_data, error.what());
    return false;
  }
}

}  // namespace dlrun::fuzz
