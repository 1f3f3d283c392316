// Which numbers, and their names.

#include "report/event_numbers.h"

#include <cmath>
#include <string>

namespace dlrun {

using Json = nlohmann::ordered_json;

bool is_event_number(const Json& value) {
  return value.is_number() || value == "NaN" || value == "Infinity" || value == "-Infinity";
}

double event_number(const Json& value) {
  if (value == "Infinity") return HUGE_VAL;
  if (value == "-Infinity") return -HUGE_VAL;
  return value.is_number() ? value.get<double>() : std::nan("");
}

Json event_numbers(const Json& record) {
  const std::string event = record.value("event", "");
  const bool of_step = event == "step";
  Json numbers = Json::object();
  if (!of_step && event != "test" && event != "validation") return numbers;
  for (const auto& [name, value] : record.items()) {
    const bool grouped = name.find('/') != std::string::npos;
    if (name == "step" || name == "epoch" || !is_event_number(value) || (!of_step && !grouped)) continue;
    numbers[of_step && name.starts_with("train/") ? "train_step" + name.substr(5) : name] = value;
  }
  return numbers;
}

}  // namespace dlrun
