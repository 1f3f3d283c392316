// The verb describe for a recipe: its modules and what a training step costs.

#include "report/describe.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/terminal.h"
#include "rehearsal/rehearsal.h"
#include "rehearsal/stage.h"
#include "report/module_table.h"
#include "report/network_graph.h"
#include "spec/read.h"

namespace dlrun {
namespace {

std::vector<Rehearsal> rehearse_all(const Experiment& experiment, const std::vector<int64_t>& batch_sizes) {
  std::vector<Rehearsal> rehearsals;
  for (const int64_t batch_size : batch_sizes) {
    rehearsals.push_back(rehearse(experiment, {.batch_size = batch_size, .repeat = 3}));
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

  if (options.json) {
    for (const auto& record : module_records(rehearsals.front().modules)) fmt::print("{}\n", record.dump());
    for (const StepCost& cost : costs) fmt::print("{}\n", step_record(cost, before).dump());
    return 0;
  }
  const int width = terminal(stdout).width;
  fmt::print("{}\n\n", module_table(rehearsals.front().modules,
                                    {recipe.architecture.type, options.depth, !options.unfold, width}));
  fmt::print("one training step ({}, loss {})\n{}\n", recipe.optimizer.type, recipe.loss.type,
             step_table(costs, before, width));
  for (const std::string& name : rehearsals.front().unused) log_warning(name + " is never used: nothing will train it");
  return 0;
}
