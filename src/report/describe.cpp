// The verb describe for a recipe: its modules and what a training step costs.

#include "report/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/terminal.h"
#include "rehearsal/measured_step.h"
#include "rehearsal/rehearsal.h"
#include "rehearsal/stage.h"
#include "report/module_table.h"
#include "report/network_graph.h"
#include "report/scaling_table.h"
#include "spec/read.h"

namespace dlrun {
namespace {

std::vector<Rehearsal> rehearse_all(const Experiment& experiment, const std::vector<int64_t>& batch_sizes) {
  std::vector<Rehearsal> rehearsals;
  for (const int64_t batch_size : batch_sizes) {
    rehearsals.push_back(rehearse(experiment, {.batch_size = batch_size, .mixed = at::kFloat, .repeat = 3}));
    rehearsals.push_back(rehearse(experiment, {.batch_size = batch_size, .mixed = at::kBFloat16, .repeat = 3}));
  }
  return rehearsals;
}

// What `work` cannot rehearse is said as a problem of the recipe.
void rehearse_on(Stage& stage, const std::function<void(const Experiment&)>& work) {
  try {
    stage.run(work);
  } catch (const RehearsalError& error) {
    throw UserError(ExitCode::bad_recipe, std::string("architecture: ") + error.what());
  } catch (const NeedsValues& error) {
    throw UserError(ExitCode::bad_recipe, std::string("architecture: ") + error.what());
  }
}

DeviceLink link_of(const DescribeOptions& options) {
  return {bytes_per_second("--link", options.link), seconds_of("--latency", options.latency)};
}

// The shares of the recipe's batch on each number of devices, and what a step takes there.
std::vector<ScalingRow> scale(const DescribeOptions& options, const DeviceLink& link, const Recipe& recipe,
                              Stage& stage, const ProcessMemory& before) {
  const double whole_step = options.step_time.empty() ? 0.0 : seconds_of("--step-time", options.step_time);
  Recipe own;
  std::optional<Experiment> real;
  if (options.step_time.empty()) {
    read_file(options.recipe, {options.overrides}, own);
    real.emplace(build(own, {}));
  }
  std::vector<ScalingRow> rows;
  for (const int64_t devices : options.devices) {
    const int64_t share = (recipe.trainer.batch_size + devices - 1) / devices;
    Rehearsal rehearsal;
    rehearse_on(stage, [&](const Experiment& experiment) {
      require_shares(experiment, devices);
      rehearsal = rehearse(experiment, {.batch_size = share, .repeat = 3});
    });
    DeviceStep step;
    if (real) {
      step = measured_step(*real, share);
    } else {
      const double seconds = whole_step * static_cast<double>(share) / static_cast<double>(recipe.trainer.batch_size);
      const auto forward = static_cast<double>(rehearsal.cost.forward);
      const double first = forward / std::max(1.0, forward + static_cast<double>(rehearsal.cost.backward));
      step = {seconds * first, seconds * (1 - first), 0.0};
    }
    const StepCost& cost = rehearsal.cost;
    const int64_t memory = cost.peak(before);
    const std::vector<ExchangedBucket> buckets = exchanged_buckets(rehearsal.modules, devices);
    rows.push_back({"ddp", share, memory, scaled_step(step, buckets, link, devices, Sharding::none)});
    if (devices == 1) continue;
    const auto without = [&](int64_t bytes) { return memory - bytes * (devices - 1) / devices; };
    const std::vector<double> layers = layer_bytes(rehearsal.modules);
    rows.push_back(
        {"zero1", share, without(cost.optimizer), scaled_step(step, buckets, link, devices, Sharding::optimizer)});
    // Where weights are cut, what building them left free goes back before the first step.
    const int64_t holes = std::max<int64_t>(0, cost.footprint - cost.tensors);
    rows.push_back({"zero2", share, without(cost.optimizer + cost.gradients + holes),
                    sharded_step(step, layers, link, devices, 1)});
    const auto largest = static_cast<int64_t>(*std::max_element(layers.begin(), layers.end()));  // while it computes
    rows.push_back({"fsdp", share, without(cost.optimizer + cost.gradients + cost.weights + holes) + largest,
                    sharded_step(step, layers, link, devices, 2)});
  }
  return rows;
}

void tell_scaling(const DescribeOptions& options, const Recipe& recipe, const std::vector<ScalingRow>& rows) {
  if (options.json) {
    for (const auto& record : scaling_records(rows, link_of(options))) fmt::print("{}\n", record.dump());
    return;
  }
  fmt::print("a batch of {} shared by several devices, link {}, {} a message{}\n{}\n",
             count_text(recipe.trainer.batch_size), options.link, options.latency,
             options.step_time.empty()
                 ? fmt::format("; computing as measured here with {} threads", recipe.hardware.threads)
                 : "; computing as --step-time says, in proportion to the rows",
             scaling_table(rows, terminal(stdout).width));
}

}  // namespace
}  // namespace dlrun

int dlrun_describe(const dlrun::DescribeOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  Recipe recipe;
  read_file(options.recipe, {options.overrides}, recipe);
  Stage stage(recipe);
  const ProcessMemory before = process_memory();
  std::vector<int64_t> batch_sizes = options.batch_sizes;
  if (batch_sizes.empty()) batch_sizes.push_back(recipe.trainer.batch_size);
  std::vector<Rehearsal> rehearsals;
  rehearse_on(stage, [&](const Experiment& experiment) { rehearsals = rehearse_all(experiment, batch_sizes); });
  std::vector<StepCost> costs;
  for (const Rehearsal& rehearsal : rehearsals) costs.push_back(rehearsal.cost);

  if (!options.graph.empty()) {
    NetworkGraph graph;
    const GraphOptions drawn{options.depth, !options.unfold};
    rehearse_on(stage, [&](const Experiment& experiment) { graph = network_graph(experiment, drawn); });
    write_text_atomically(options.graph, network_svg(graph, recipe.name + ": " + recipe.architecture.type));
  }

  std::vector<ScalingRow> scaled;
  if (!options.devices.empty()) scaled = scale(options, link_of(options), recipe, stage, before);
  if (options.json) {
    for (const auto& record : module_records(rehearsals.front().modules)) fmt::print("{}\n", record.dump());
    for (const StepCost& cost : costs) fmt::print("{}\n", step_record(cost, before).dump());
    if (!scaled.empty()) tell_scaling(options, recipe, scaled);
    return 0;
  }
  const int width = terminal(stdout).width;
  fmt::print("{}\n\n", module_table(rehearsals.front().modules,
                                    {recipe.architecture.type, options.depth, !options.unfold, width}));
  fmt::print("one training step ({}, loss {})\n{}\n", recipe.optimizer.type, recipe.loss.type,
             step_table(costs, before, width));
  if (!scaled.empty()) tell_scaling(options, recipe, scaled);
  for (const std::string& name : rehearsals.front().unused) log_warning(name + " is never used: nothing will train it");
  return 0;
}
