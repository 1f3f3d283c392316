// PyTorch's own files (.pt, .pth, .bin): tensors by name, and nothing else of what they can hold.
//
// Both formats torch.save has written: a zip archive since 1.6, a sequence of pickles and storages before. They are
// read by a fixed list of pickle opcodes that can run nothing. What stands beside the tensors is left out and told by
// name; names of what acts (os.system) are refused.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "tensor/named_tensor.h"

namespace dlrun {

struct TorchFile {
  TensorList tensors;              // in the file's order, with their strides; those that share storages still do
  std::vector<std::string> notes;  // what was chosen and left out, a sentence each
};

// Whether the bytes begin like one of the two formats.
bool is_torch_file(std::string_view bytes);

// The tensors under `key` ("state_dict", "checkpoint/model"); without one, as choose_table() says. CPU tensors over the
// file's memory; writing into them changes no file. The sums of a zip archive are checked first. Memory stays below ten
// times the size of the file, and some megabytes. Throws UserError(bad_data) saying what is wrong.
TorchFile read_torch_file(const std::string& path, const FileBytes& file, const std::string& key = "");

}  // namespace dlrun
