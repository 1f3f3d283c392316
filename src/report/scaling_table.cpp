// What a recipe's training step takes on many devices.

#include "report/scaling_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/terminal.h"
#include "base/units.h"
#include "step/gradient_exchange.h"
#include "step/pipeline_moves.h"

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

ExchangedGradients exchanged_gradients(const std::vector<ModuleCost>& modules, double states, int64_t devices) {
  double bytes = 0.0, operations = 0.0;
  for (const ModuleCost& module : modules) {
    bytes += static_cast<double>(module.trainable) * 4;
    operations += static_cast<double>(module.backward);
  }
  if (bytes * static_cast<double>(devices) <= static_cast<double>(GradientExchange::together_bytes))
    return {{}, numbers_of_step + states + bytes};
  if (operations == 0) return {{{bytes, 1.0}}, numbers_of_step + states};
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
  return {buckets, numbers_of_step + states};
}

std::vector<GatheredLayer> gathered_layers(const std::vector<ModuleCost>& modules,
                                           const std::map<std::string, int64_t>& shared) {
  double operations = 0.0, before = 0.0;
  for (const ModuleCost& module : modules) operations += static_cast<double>(module.forward + module.backward);
  std::vector<GatheredLayer> layers;
  for (const ModuleCost& module : modules) {
    const double share = operations > 0 ? static_cast<double>(module.forward + module.backward) / operations : 0.0;
    const auto found = shared.find(module.path);
    // What has none computes with the layer before it; what comes before all of them with the first.
    if (found != shared.end())
      layers.push_back({static_cast<double>(found->second) * 4,
                        static_cast<double>(std::min(found->second, module.trainable)) * 4,
                        share + std::exchange(before, 0.0)});
    else if (layers.empty())
      before += share;
    else
      layers.back().share += share;
  }
  return layers;
}

std::vector<StageCost> stage_costs(const std::vector<ModuleCost>& modules,
                                   const std::vector<std::vector<std::string>>& layers) {
  const auto numbers_of = [](const ModuleCost& module) {
    return StageCost{0,
                     static_cast<double>(module.parameters),
                     static_cast<double>(module.forward + module.backward),
                     static_cast<double>(module.kept),
                     0,
                     0.0};
  };
  const auto add = [](StageCost& sum, const StageCost& one) {
    sum.weights += one.weights;
    sum.operations += one.operations;
    sum.kept += one.kept;
  };
  std::vector<StageCost> stages(layers.size());
  StageCost all, everywhere;
  bool any = false;  // whether a layer has come
  for (const ModuleCost& module : modules) {
    const StageCost one = numbers_of(module);
    add(all, one);
    bool in_layer = false;
    for (size_t stage = 0; stage < layers.size(); ++stage)
      for (const std::string& layer : layers[stage])
        if (module.path == layer || module.path.starts_with(layer + ".")) {
          add(stages[stage], one);
          in_layer = any = true;
        }
    if (in_layer) continue;
    everywhere.weights += one.weights;
    StageCost computed = one;
    computed.weights = 0.0;
    add(any ? stages.back() : stages.front(), computed);
  }
  for (size_t stage = 0; stage < stages.size(); ++stage) {
    StageCost& one = stages[stage];
    one.layers = static_cast<int64_t>(layers[stage].size());
    one.weights = (one.weights + everywhere.weights) / std::max(1.0, all.weights);
    one.operations /= std::max(1.0, all.operations);
    one.kept /= std::max(1.0, all.kept);
  }
  return stages;
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

std::string stage_table(const ScalingRow& row, int width) {
  const auto stages = static_cast<int64_t>(row.stages.size());
  Table table({{"stage", Table::Align::right},
               {"layers", Table::Align::right},
               {"weights", Table::Align::right},
               {"memory", Table::Align::right},
               {"computes", Table::Align::right}});
  for (size_t i = 0; i < row.stages.size(); ++i) {
    const StageCost& one = row.stages[i];
    table.row({count_text(static_cast<int64_t>(i)), count_text(one.layers), percent_text(one.weights),
               bytes_text(static_cast<uint64_t>(one.memory)), short_time(one.seconds)});
  }
  return fmt::format("a pipeline of {} stages on {} devices, {} parts of a batch: each waits for {} of a step\n{}",
                     stages, row.step.devices, row.parts,
                     percent_text(waiting_share(static_cast<size_t>(row.parts), stages)), table.text(width));
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
                       {"latency_seconds", link.latency},
                       {"start_seconds", link.start}});
    for (size_t i = 0; i < row.stages.size(); ++i)
      records.push_back(
          {{"event", "stage"},
           {"version", 1},
           {"devices", step.devices},
           {"stage", i},
           {"layers", row.stages[i].layers},
           {"weights_share", row.stages[i].weights},
           {"memory_bytes", row.stages[i].memory},
           {"compute_seconds", row.stages[i].seconds},
           {"parts", row.parts},
           {"waiting_share", waiting_share(static_cast<size_t>(row.parts), static_cast<int64_t>(row.stages.size()))}});
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
