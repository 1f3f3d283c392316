// Weights as users have them: a safetensors file, several with an index, a folder, or a PyTorch file.

#pragma once

#include <string>
#include <vector>

#include "tensor/named_tensor.h"

namespace dlrun {

struct WeightsFile {
  TensorList tensors;              // CPU tensors over the mapped files
  std::vector<std::string> files;  // what was read
  std::vector<std::string> notes;  // rules that decided something, a sentence each; for the log
  uint64_t bytes = 0;              // of the files
};

// Files are told apart by their first bytes, not by their names. Of a folder model.safetensors is read, or the files of
// model.safetensors.index.json, or pytorch_model.bin. Files that an index or a folder leads to must lie in that folder,
// and links there must stay in it (or lead to the blobs of Hugging Face's cache). `key` is for PyTorch files; see
// read_torch_file(). Throws UserError: no_input for what is missing, bad_data for what is damaged or not of these
// formats.
WeightsFile read_weights(const std::string& path, const std::string& key = "");

}  // namespace dlrun
