// The verb describe for a recipe: its modules and what a training step costs.

#include "experiment/describe.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/terminal.h"
#include "experiment/module_table.h"
#include "experiment/network_graph.h"
#include "experiment/rehearsal.h"
#include "spec/read.h"

namespace dlrun {
namespace {

std::vector<Rehearsal> rehearse_all(const Experiment& experiment, const std::vector<int64_t>& batch_sizes) {
  std::vector<Rehearsal> rehearsals;
  try {
    for (const int64_t batch_size : batch_sizes) {
      rehearsals.push_back(rehearse(experiment, {.batch_size = batch_size, .repeat = 3}));
      rehearsals.push_back(rehearse(experiment, {.batch_size = batch_size, .mixed = at::kBFloat16, .repeat = 3}));
    }
  } catch (const RehearsalError& error) {
    throw UserError(ExitCode::bad_recipe, std::string("architecture: ") + error.what());
  }
  return rehearsals;
}

}  // namespace
}  // namespace dlrun

int dlrun_describe(const dlrun::DescribeOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  Recipe recipe;
  read_file(options.recipe, {options.overrides}, recipe);
  BuildOptions build_options;
  build_options.weights = false;
  const Experiment experiment = build(recipe, build_options);
  const int64_t resident = resident_bytes();
  std::vector<int64_t> batch_sizes = options.batch_sizes;
  if (batch_sizes.empty()) batch_sizes.push_back(recipe.trainer.batch_size);
  const std::vector<Rehearsal> rehearsals = rehearse_all(experiment, batch_sizes);
  std::vector<StepCost> costs;
  for (const Rehearsal& rehearsal : rehearsals) costs.push_back(rehearsal.cost);

  if (!options.graph.empty())
    write_text_atomically(options.graph, network_svg(network_graph(experiment, {options.depth, !options.unfold}),
                                                     recipe.name + ": " + recipe.architecture.type));

  if (options.json) {
    for (const auto& record : module_records(rehearsals.front())) fmt::print("{}\n", record.dump());
    for (const StepCost& cost : costs) fmt::print("{}\n", step_record(cost, resident).dump());
    return 0;
  }
  const int width = terminal(stdout).width;
  fmt::print("{}\n\n",
             module_table(rehearsals.front(), {recipe.architecture.type, options.depth, !options.unfold, width}));
  fmt::print("one training step ({}, loss {})\n{}\n", recipe.optimizer.type, recipe.loss.type,
             step_table(costs, resident, width));
  for (const std::string& name : rehearsals.front().unused) log_warning(name + " is never used: nothing will train it");
  return 0;
}
