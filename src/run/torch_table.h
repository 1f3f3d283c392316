// Which of the dicts in a PyTorch file is the one with the weights.

#pragma once

#include <string>
#include <vector>

#include "run/pickle.h"

namespace dlrun {

// A dict whose keys are texts and at least one of whose values is a tensor.
struct TorchTable {
  std::string key;  // the keys that lead to it, joined by "/"; empty: the whole file
  const PickleObject* dict = nullptr;
  size_t tensors = 0;
};

// Those that are reached through at most four dicts, in the file's order.
std::vector<TorchTable> torch_tables(const Pickle& pickle);

// The one with this key. Without a key: the only one, or the only one called state_dict, model_state_dict or model.
// Throws UserError(bad_data) listing them when that does not decide.
TorchTable choose_table(const std::string& path, const std::vector<TorchTable>& tables, const std::string& key);

}  // namespace dlrun
