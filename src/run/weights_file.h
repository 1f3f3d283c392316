// Weights as users have them: a safetensors file, a PyTorch file, several of one kind with an index, or a folder.

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
// model.safetensors.index.json; without these pytorch_model.bin, or the files of its index. Files that an index or a
// folder leads to must lie in that folder, and links there must stay in it (or lead to the blobs of Hugging Face's
// cache). `key` is for PyTorch files; see read_torch_file(). Throws UserError: no_input for what is missing, bad_data
// for what is damaged or not of these formats.
WeightsFile read_weights(const std::string& path, const std::string& key = "");

}  // namespace dlrun
