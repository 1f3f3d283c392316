// Which of the dicts in a PyTorch file is the one with the weights.

#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "run/pickle.h"

namespace dlrun {

// A dict whose keys are texts and at least one of whose values is a tensor; or a thing that is filled like one.
struct TorchTable {
  std::string key;  // the keys that lead to it, joined by "/"; empty: the whole file
  const PickleObject* dict = nullptr;
  size_t tensors = 0;
};

// Key and value in turn, of a dict or of what is filled like one; empty for others.
std::span<const PickleValue> pairs_of(const PickleValue& value);
std::span<const PickleValue> pairs_of(const PickleObject& object);

// Those that are reached through at most four dicts, in the file's order.
std::vector<TorchTable> torch_tables(const Pickle& pickle);

// The one with this key. Without a key: the only one, or the only one called state_dict, model_state_dict or model.
// Throws UserError(bad_data) listing them when that does not decide.
TorchTable choose_table(const std::string& path, const Pickle& pickle, const std::vector<TorchTable>& tables,
                        const std::string& key);

// What the things beside this table are called in Python, and how many there are of each; not those that are parts of
// other things. At most 65536 are looked at.
std::map<std::string, size_t> things_beside(const Pickle& pickle, const TorchTable& table);

}  // namespace dlrun
