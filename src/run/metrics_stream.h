// metrics.jsonl: one JSON object a line, appended to at step boundaries and cut back to them when a run resumes.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/files.h"

namespace dlrun {

// Fields that tell how long something took: the only ones in which a resumed run differs from an uninterrupted one.
inline constexpr std::array<std::string_view, 9> clock_fields = {
    "time",  "seconds",     "samples_per_second", "tokens_per_second", "steps_per_second",
    "stall", "eta_seconds", "memory_bytes",       "energy_joules"};

// One run's stream, used by one thread. Positions are byte offsets between lines.
class MetricsStream {
 public:
  MetricsStream() = default;  // closed: nothing may be written before open()
  MetricsStream(std::string path, int64_t position = 0) { open(std::move(path), position); }
  // Opens the file for appending, creating it where it is missing, and first cuts it to `position` bytes: what follows
  // was written after the checkpoint that knows this position. A file that is shorter is kept up to its last complete
  // line, with a warning.
  void open(std::string path, int64_t position = 0);

  // Who else is told of each record, once it is written here.
  std::function<void(const nlohmann::ordered_json& record)> listener;

  // One line: keys in the order given, doubles in the shortest form that reads back exactly, those that are not finite
  // as "NaN", "Infinity" and "-Infinity" (the JSON mapping of protobuf). Buffered until flush().
  void write(const nlohmann::ordered_json& record);
  int64_t flush();   // to the file; the position behind it (0 while closed)
  int64_t commit();  // flush and sync; the position to store in a checkpoint (0 while closed)

 private:
  std::string path_, buffer_;
  std::unique_ptr<FileWriter> file_;
  int64_t position_ = 0;
};

// One line as write() puts it, without the line end.
std::string line_of(const nlohmann::ordered_json& record);
// A line without its clock fields, for comparing runs.
std::string without_clock(std::string_view line);

}  // namespace dlrun
