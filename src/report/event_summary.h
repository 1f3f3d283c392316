// What an event shows: messages Summary.Value of TensorBoard, with the metadata by which its tabs find them.
//
// tensorboard/compat/proto/summary.proto and tensorboard/plugins/hparams/plugin_data.proto say how they look.

#pragma once

#include <ATen/ATen.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "onnx/wire.h"

namespace dlrun {

// A value of a recipe as the tab HPARAMS shows it.
using EventValue = std::variant<bool, double, std::string>;
using EventValues = std::vector<std::pair<std::string, EventValue>>;

class EventSummary {
 public:
  void scalar(const std::string& tag, double value);
  void text(const std::string& tag, std::string_view markdown);
  // A PNG file as it is. Throws std::invalid_argument for bytes that are none.
  void picture(const std::string& tag, std::string_view png);
  // Counts of the tensor's values in 64 buckets of one width between the least and the greatest; of one that is empty,
  // or not finite, nothing.
  void histogram(const std::string& tag, const at::Tensor& values);
  // The run begins with these values; it ends well.
  void session_start(double wall_time, const EventValues& values);
  void session_end(double wall_time);

  bool empty() const { return message_.size() == 0; }
  WireWriter take() { return std::move(message_); }

 private:
  void value(const std::string& tag, const std::string& plugin, std::string_view data, uint32_t field,
             WireWriter&& content);
  WireWriter message_;
};

}  // namespace dlrun
