// The numbers of a record of metrics.jsonl as TensorBoard and Weights & Biases show them.

#pragma once

#include <nlohmann/json.hpp>

namespace dlrun {

// A number, also one that is not finite as the text that a line of metrics.jsonl has for it.
bool is_event_number(const nlohmann::ordered_json& value);
double event_number(const nlohmann::ordered_json& value);

// Those of a step, a validation or a test by their names; of other records none. train/NAME of the records between
// validations is train_step/NAME, for at a step there may be both.
nlohmann::ordered_json event_numbers(const nlohmann::ordered_json& record);

}  // namespace dlrun
