// The verb describe for a recipe: its modules and what a training step costs.

#include "report/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/terminal.h"
#include "base/units.h"
#include "experiment/network_parts.h"
#include "experiment/weight_traffic.h"
#include "rehearsal/measured_step.h"
#include "rehearsal/rehearsal.h"
#include "rehearsal/stage.h"
#include "report/module_table.h"
#include "report/network_graph.h"
#include "report/scaling_table.h"
#include "spec/read.h"
#include "step/parts.h"

namespace dlrun {
namespace {

std::vector<Rehearsal> rehearse_all(const Experiment& experiment, const std::vector<int64_t>& batch_sizes) {
  std::vector<Rehearsal> rehearsals;
  for (const int64_t batch_size : batch_sizes) {
    rehearsals.push_back(rehearse(experiment, {.batch_size = batch_size, .mixed = at::kFloat, .repeat = 3}));
    rehearsals.push_back(rehearse(experiment, {.batch_size = batch_size, .mixed = at::kBFloat16, .repeat = 3}));
    if (experiment.recipe.hardware.narrow_throughout())
      rehearsals.push_back(rehearse(experiment, {.batch_size = batch_size, .repeat = 3}));
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

int64_t share_of(const Recipe& recipe, int64_t devices) { return (recipe.trainer.batch_size + devices - 1) / devices; }

int64_t parameter_bytes(const std::vector<ModuleCost>& modules) {
  int64_t bytes = 0;
  for (const ModuleCost& module : modules) bytes += module.parameters * 4;
  return bytes;
}

// Between GPUs nobody's computing power moves the bytes.
DeviceLink link_of(const DescribeOptions& options, const Recipe& recipe) {
  return {bytes_per_second("--link", options.link), seconds_of("--latency", options.latency), gloo_start,
          recipe.hardware.accelerator == "gpu" ? 0.0 : gloo_busy};
}

std::map<std::string, int64_t> shared_numbers(const Experiment& experiment) {
  std::map<std::string, int64_t> numbers;
  for (const auto& [module, weights] : shared_weights(*experiment.all))
    for (const NamedTensor& weight : weights) numbers[module->path()] += weight.tensor->numel();
  return numbers;
}

// The rows of a batch that go through the network at once, where so many share the batch.
int64_t part_rows(const Recipe& recipe, int64_t sharers) {
  return std::min(share_of(recipe, sharers), recipe.trainer.part_size(sharers));
}

int64_t parts_of_share(const Recipe& recipe, int64_t sharers) {
  return static_cast<int64_t>(part_sizes(share_of(recipe, sharers), part_rows(recipe, sharers)).size());
}

struct Machines {
  DeviceLink link;
  int64_t devices;
  ProcessMemory before;
};

// Devices that hold the recipe's network by its layers. `rehearsal` and `step` are of one with all layers, and as many
// rows as a pipeline has.
ScalingRow pipeline_row(const Recipe& recipe, const Rehearsal& rehearsal, const Experiment& experiment,
                        const DeviceStep& step, const Machines& machines) {
  const auto& [link, devices, before] = machines;
  const int64_t stages = recipe.hardware.pipeline_parallel_degree, sharers = devices / stages;
  const int64_t rows = share_of(recipe, sharers), part = part_rows(recipe, sharers);
  const auto layers = layers_of_stages(recipe, *experiment.network, stages);
  const StepCost& cost = rehearsal.cost;
  ScalingRow row{"pipeline", rows, 0, {}, stage_costs(rehearsal.modules, layers)};
  row.parts = parts_of_share(recipe, sharers);

  Pipeline pipeline{stages, sharers, row.parts, static_cast<double>(part) * 4, 0.0, 0.0};
  for (const ModuleCost& module : rehearsal.modules)
    if (module.path == layers.front().back())  // what it gives enters the next stage
      for (const int64_t size : module.shape) pipeline.message *= size > 0 ? static_cast<double>(size) : 1.0;
  const auto learned = static_cast<double>(cost.weights + cost.gradients + cost.optimizer + cost.averages);
  double weights = 0.0;
  for (size_t i = 0; i < row.stages.size(); ++i) {
    StageCost& one = row.stages[i];
    // Gradients need what this stage keeps of as many parts as there are stages from it on.
    const auto held = static_cast<double>(std::min(row.parts, stages - static_cast<int64_t>(i)));
    one.memory =
        cost.peak(before) - static_cast<int64_t>(learned * (1 - one.weights) +
                                                 static_cast<double>(cost.activations) * (1 - one.kept * held));
    one.seconds = (step.forward + step.backward) * one.operations + step.update * one.weights;
    row.memory = std::max(row.memory, one.memory);
    pipeline.operations = std::max(pipeline.operations, one.operations);
    pipeline.weights = std::max(pipeline.weights, one.weights);
    weights += one.weights;
  }
  // What all have is counted once for each stage.
  pipeline.everywhere = static_cast<double>(cost.gradients) * (weights - 1) / static_cast<double>(stages - 1);
  std::vector<ModuleCost> largest = rehearsal.modules;  // as many numbers as the largest stage has
  for (ModuleCost& module : largest)
    module.trainable = static_cast<int64_t>(static_cast<double>(module.trainable) * pipeline.weights);
  pipeline.gradients = exchanged_gradients(largest, 0.0, sharers);
  row.step = pipelined_step(step, pipeline, link);
  return row;
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
  // Of each of so many that share a batch.
  const auto rehearsed = [&](int64_t sharers) {
    Rehearsal rehearsal;
    rehearse_on(stage, [&](const Experiment& experiment) {
      require_shares(experiment, sharers);
      rehearsal = rehearse(experiment,
                           {.batch_size = share_of(recipe, sharers), .part = part_rows(recipe, sharers), .repeat = 3});
    });
    return rehearsal;
  };
  const auto step_of = [&](const Rehearsal& rehearsal, int64_t sharers) {
    const int64_t rows = share_of(recipe, sharers);
    if (real) {
      const DeviceStep part = measured_step(*real, part_rows(recipe, sharers));
      const auto parts = static_cast<double>(parts_of_share(recipe, sharers));
      return DeviceStep{part.forward * parts, part.backward * parts, part.update};
    }
    const double seconds = whole_step * static_cast<double>(rows) / static_cast<double>(recipe.trainer.batch_size);
    const auto forward = static_cast<double>(rehearsal.cost.forward);
    const double first = forward / std::max(1.0, forward + static_cast<double>(rehearsal.cost.backward));
    return DeviceStep{seconds * first, seconds * (1 - first), 0.0};
  };
  const int64_t stages = recipe.hardware.pipeline_parallel_degree;
  std::vector<ScalingRow> rows;
  for (const int64_t devices : options.devices) {
    const int64_t share = share_of(recipe, devices), parts = parts_of_share(recipe, devices);
    const Rehearsal rehearsal = rehearsed(devices);
    const DeviceStep step = step_of(rehearsal, devices);
    const StepCost& cost = rehearsal.cost;
    const int64_t memory = cost.peak(before);
    const double states = std::max(0.0, static_cast<double>(cost.weights - parameter_bytes(rehearsal.modules)));
    ExchangedGradients gradients = exchanged_gradients(rehearsal.modules, states, devices);
    gradients.parts = parts;
    rows.push_back({"ddp", share, memory, scaled_step(step, gradients, link, devices, Sharding::none)});
    if (devices == 1) continue;
    const auto without = [&](int64_t bytes) { return memory - bytes * (devices - 1) / devices; };
    rows.push_back(
        {"zero1", share, without(cost.optimizer), scaled_step(step, gradients, link, devices, Sharding::optimizer)});
    GatheredWeights weights{gathered_layers(rehearsal.modules, shared_numbers(stage.experiment())), GatheredAgain::none,
                            0.0, parts, WeightTraffic::most_together};
    double largest = 0.0, summed = 0.0;
    for (const GatheredLayer& layer : weights.layers) {
      largest = std::max(largest, layer.gathered);
      summed += layer.summed;
    }
    weights.closing = numbers_of_step + states + static_cast<double>(cost.gradients) - summed;
    // Where weights are cut, what building them left free goes back before the first step.
    const int64_t holes = std::max<int64_t>(0, cost.footprint - cost.tensors);
    rows.push_back(
        {"zero2", share, without(cost.optimizer + cost.gradients + holes), sharded_step(step, weights, link, devices)});
    weights.again = GatheredAgain::all;
    // And the weights of a layer while it computes.
    rows.push_back({"fsdp", share,
                    without(cost.optimizer + cost.gradients + cost.weights + holes) + static_cast<int64_t>(largest),
                    sharded_step(step, weights, link, devices)});
    if (stages == 1 || devices % stages != 0) continue;
    const int64_t sharers = devices / stages;
    const Rehearsal in_parts = rehearsed(sharers);
    rows.push_back(
        pipeline_row(recipe, in_parts, stage.experiment(), step_of(in_parts, sharers), {link, devices, before}));
  }
  return rows;
}

void tell_scaling(const DescribeOptions& options, const Recipe& recipe, const std::vector<ScalingRow>& rows) {
  if (options.json) {
    for (const auto& record : scaling_records(rows, link_of(options, recipe))) fmt::print("{}\n", record.dump());
    return;
  }
  fmt::print("a batch of {} shared by several devices, link {}, {} a message{}\n{}\n",
             count_text(recipe.trainer.batch_size), options.link, options.latency,
             options.step_time.empty()
                 ? fmt::format("; computing as measured here with {} threads", recipe.hardware.threads)
                 : "; computing as --step-time says, in proportion to the rows",
             scaling_table(rows, terminal(stdout).width));
  for (const ScalingRow& row : rows)
    if (!row.stages.empty()) fmt::print("{}\n", stage_table(row, terminal(stdout).width));
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
  if (!options.devices.empty()) scaled = scale(options, link_of(options, recipe), recipe, stage, before);
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
