// What a recipe's training step takes on many devices.

#include "report/scaling_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/error.h"
#include "base/terminal.h"
#include "base/units.h"
#include "step/gradient_exchange.h"

namespace dlrun {
namespace {

// "1.5ms" -> 1.5 and "ms"; blanks between them are skipped.
std::pair<double, std::string> number_and_unit(const std::string& option, const std::string& text,
                                               const std::string& example) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit(end, text.data() + text.size());
  unit.erase(0, unit.find_first_not_of(' '));
  if (error != std::errc() || !(number > 0))
    throw UserError(ExitCode::usage, fmt::format("{}: expected a number above 0 with its unit, as in {}, got '{}'",
                                                 option, example, text));
  return {number, unit};
}

double in_unit(const std::string& option, const std::string& text, const std::map<std::string, double>& units,
               const std::string& example) {
  const auto [number, unit] = number_and_unit(option, text, example);
  const auto found = units.find(unit);
  if (found != units.end()) return number * found->second;
  std::string known;
  for (const auto& [name, factor] : units) known += (known.empty() ? "" : ", ") + name;
  throw UserError(ExitCode::usage,
                  fmt::format("{}: '{}' has no unit that is known here ({}), as in {}", option, text, known, example));
}

std::string percent_text(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string short_time(double seconds) {
  return seconds < 1e-3 ? fmt::format("{:.0f} us", seconds * 1e6)
         : seconds < 1  ? fmt::format("{:.1f} ms", seconds * 1e3)
                        : fmt::format("{:.2f} s", seconds);
}

}  // namespace

std::vector<ExchangedBucket> exchanged_buckets(const std::vector<ModuleCost>& modules, int64_t devices) {
  double bytes = 0.0, operations = 0.0;
  for (const ModuleCost& module : modules) {
    bytes += static_cast<double>(module.trainable) * 4;
    operations += static_cast<double>(module.backward);
  }
  if (bytes * static_cast<double>(devices) <= static_cast<double>(GradientExchange::together_bytes) || operations == 0)
    return {{bytes, 1.0}};
  std::vector<ExchangedBucket> buckets;
  double done = 0.0, open = 0.0;
  for (auto module = modules.rbegin(); module != modules.rend(); ++module) {
    done += static_cast<double>(module->backward);
    open += static_cast<double>(module->trainable) * 4;
    if (open < static_cast<double>(GradientExchange::bucket_bytes)) continue;
    buckets.push_back({open, done / operations});
    open = 0.0;
  }
  if (open > 0) buckets.push_back({open, 1.0});
  return buckets;
}

std::vector<double> layer_bytes(const std::vector<ModuleCost>& modules) {
  std::vector<double> bytes;
  for (const ModuleCost& module : modules)
    if (module.trainable > 0) bytes.push_back(static_cast<double>(module.trainable) * 4);
  return bytes;
}

std::string scaling_table(const std::vector<ScalingRow>& rows, int width) {
  Table table({{"devices", Table::Align::right},
               {"strategy"},
               {"rows each", Table::Align::right},
               {"memory each", Table::Align::right},
               {"step", Table::Align::right},
               {"exchange", Table::Align::right},
               {"hidden", Table::Align::right},
               {"efficiency", Table::Align::right},
               {"samples/s", Table::Align::right}});
  for (const ScalingRow& row : rows) {
    const ScaledStep& step = row.step;
    const bool alone = step.devices == 1;
    table.row({count_text(step.devices), row.strategy, count_text(row.rows),
               bytes_text(static_cast<uint64_t>(row.memory)), short_time(step.seconds()),
               alone ? "" : short_time(step.exchange), alone ? "" : percent_text(std::max(0.0, step.hidden())),
               percent_text(step.efficiency()),
               count_text(static_cast<int64_t>(static_cast<double>(row.rows * step.devices) / step.seconds()))});
  }
  return table.text(width);
}

std::vector<nlohmann::ordered_json> scaling_records(const std::vector<ScalingRow>& rows, const DeviceLink& link) {
  std::vector<nlohmann::ordered_json> records;
  for (const ScalingRow& row : rows) {
    const ScaledStep& step = row.step;
    records.push_back({{"event", "devices"},
                       {"version", 1},
                       {"devices", step.devices},
                       {"strategy", row.strategy},
                       {"rows", row.rows},
                       {"memory_bytes", row.memory},
                       {"compute_seconds", step.compute},
                       {"exchange_seconds", step.exchange},
                       {"waiting_seconds", step.waiting},
                       {"step_seconds", step.seconds()},
                       {"efficiency", step.efficiency()},
                       {"link_bytes_per_second", link.bytes_per_second},
                       {"latency_seconds", link.latency}});
  }
  return records;
}

double bytes_per_second(const std::string& option, const std::string& text) {
  static const std::map<std::string, double> units = {
      {"MB/s", 1e6},           {"GB/s", 1e9},       {"TB/s", 1e12},      {"MiB/s", 1048576.0},
      {"GiB/s", 1073741824.0}, {"Mbit/s", 1e6 / 8}, {"Gbit/s", 1e9 / 8}, {"Tbit/s", 1e12 / 8}};
  return in_unit(option, text, units, "50GB/s or 400Gbit/s");
}

double seconds_of(const std::string& option, const std::string& text) {
  static const std::map<std::string, double> units = {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1.0}};
  return in_unit(option, text, units, "10us or 0.25s");
}

}  // namespace dlrun
