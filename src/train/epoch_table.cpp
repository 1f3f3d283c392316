// One head, and numbers below it.

#include "train/epoch_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/terminal.h"

namespace dlrun {
namespace {

constexpr int gap = 2, number_width = 8, time_width = 12, indent = 2;
constexpr const char* best_mark = "best";

// A number's column: as wide as its name, and as most numbers.
int width_of(const std::string& name) { return std::max(number_width, columns_of(name)); }

std::string flush_right(const std::string& text, int width) {
  return std::string(static_cast<size_t>(std::max(0, width - columns_of(text))), ' ') + text;
}

std::string spaces(int count) { return std::string(static_cast<size_t>(count), ' '); }

// "val --------------------" above the numbers of a split.
std::string over(const std::string& name, const Results& results) {
  int width = -gap;
  for (const auto& [metric, value] : results) width += gap + width_of(metric);
  return results.empty() ? "" : spaces(gap) + fmt::format("{:-<{}}", name + " ", width);
}

}  // namespace

std::string shown_number(double value) {
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-3 || size >= 1e5)) return fmt::format("{:.3g}", value);
  return fmt::format("{:.4f}", value);
}

std::string EpochTable::text(const EpochLine& line, const Results& train, const Results& val, const std::string& time) {
  std::string above = spaces(5 + gap + 7) + over("train", train) + over("val", val), names = "epoch     step";
  std::string row = fmt::format("{:>5}  {:>7}", line.epoch, line.step);
  std::vector<std::string> parts = {fmt::format("epoch {}", line.epoch), fmt::format("step {}", line.step)};
  for (const auto& [prefix, results] : {std::pair("train/", &train), std::pair("val/", &val)})
    for (const auto& [metric, value] : *results) {
      names += spaces(gap) + flush_right(metric, width_of(metric));
      row += spaces(gap) + flush_right(shown_number(value), width_of(metric));
      parts.push_back(prefix + metric + " " + shown_number(value));
    }
  names += spaces(gap) + flush_right("time", time_width);
  row += spaces(gap) + flush_right(time, time_width);
  parts.push_back(time);
  if (columns_of(names) + gap + columns_of(best_mark) <= width_) {
    const std::string head = above + "\n" + names + "\n";
    const bool fresh = head != head_;
    head_ = head;
    return (fresh ? head : "") + row + (line.best ? spaces(gap) + best_mark : "");
  }
  if (line.best) parts.emplace_back(best_mark);
  std::string text;
  int column = 0;
  for (const std::string& part : parts) {
    const bool fits = column + gap + columns_of(part) <= width_;
    text += column == 0 ? part : (fits ? spaces(gap) : "\n" + spaces(indent)) + part;
    column = (column == 0 ? 0 : fits ? column + gap : indent) + columns_of(part);
  }
  return text;
}

}  // namespace dlrun
