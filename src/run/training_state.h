// What a training remembers: the parts of a checkpoint, and the names they have in it.

#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "run/checkpoint.h"

namespace dlrun {

// The tensors of a checkpoint, by what stands before their names: parameters and buffers, the optimizer's memory of
// them, and their average; and what the batches come from, where that remembers anything.
inline constexpr std::string_view kept_model = "model.";
inline constexpr std::string_view kept_optimizer = "optimizer.";
inline constexpr std::string_view kept_average = "ema.";
inline constexpr std::string_view kept_feed = "feed.";

// A tensor's name behind one of these.
std::string kept_name(std::string_view prefix, std::string_view name);
// The tensors whose names begin with `prefix`, without it.
TensorList kept_below(const TensorList& tensors, std::string_view prefix);

// One part of a training that is more than tensors: where it stands, its means, what was best.
struct Remembers {
  std::string name;                                 // its key in the manifest
  std::function<nlohmann::json()> save;             // null: nothing to remember at the moment
  std::function<void(const nlohmann::json&)> load;  // what save() gave; null where it gave nothing
};

// What `key` of a file that dlrun wrote is read into: the file is input, with the right hash too, and what it lacks or
// has otherwise is told as UserError(bad_data), naming the key. Other UserErrors and a lack of memory go through.
void of_stored(const std::string& source, const std::string& key, const std::function<void()>& read);

// Throws UserError(bad_data), naming the part, where what is stored is not what it saved.
void restore_values(const std::vector<Remembers>& parts, const nlohmann::json& values, const std::string& source);
nlohmann::json save_values(const std::vector<Remembers>& parts);

}  // namespace dlrun
