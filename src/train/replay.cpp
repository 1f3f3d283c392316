// The verb replay: a step that diverged, run again from what was kept of it.

#include "train/replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "run/run_folder.h"
#include "run/safetensors.h"
#include "run/training_state.h"
#include "run/weights.h"
#include "spec/read.h"
#include "step/turn_fault.h"
#include "tensor/random_streams.h"

namespace dlrun {
namespace {

// The run of "RUN/divergence/step-N".
std::string run_of(std::string folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return parent_folder(parent_folder(folder));
}

nlohmann::json parse(const std::string& text, const std::string& path) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object()) throw UserError(ExitCode::bad_data, path + ": this is not JSON");
  return json;
}

const std::string& entry(const std::map<std::string, std::string>& metadata, const char* key, const std::string& path) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) throw UserError(ExitCode::bad_data, fmt::format("{}: lacks \"{}\"", path, key));
  return found->second;
}

}  // namespace
}  // namespace dlrun

int dlrun_replay(const dlrun::ReplayOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  const std::string report_file = options.folder + "/report.json", state_file = options.folder + "/state.safetensors";
  if (!FileSystem::instance().exists(report_file))
    throw UserError(ExitCode::no_input, options.folder + ": no step that diverged is kept here (no report.json)");
  const nlohmann::json report = parse(read_text(report_file), report_file);
  const Safetensors state = read_safetensors(state_file);
  const Safetensors kept = read_safetensors(options.folder + "/batch.safetensors");

  const RunFolder run = RunFolder::open(run_of(options.folder));
  Recipe recipe;
  read_file(run.recipe_file(), {}, recipe);
  recipe.architecture->pretrained.clear();  // The state holds all weights.
  BuildOptions build_options;
  build_options.fitted = parse(entry(state.metadata, "fitted", state_file), state_file);
  build_options.data = false;
  const Experiment experiment = build(recipe, build_options);

  // Parameters lie in memory as they did in training: other orders choose other kernels.
  Step step(experiment);
  const size_t player = report.value("player", size_t{0});
  if (player >= step.players()) throw UserError(ExitCode::bad_data, report_file + ": no such player");

  const TensorList weights = kept_below(state.tensors, kept_model);
  RandomStreams(experiment.device).restore(state.tensors);
  std::vector<NamedTensor> slots = experiment.all->parameters();
  for (const NamedTensor& buffer : experiment.all->buffers()) slots.push_back(buffer);
  load_weights(slots, weights, state_file);
  const std::string batch_file = options.folder + "/batch.safetensors";
  const nlohmann::json rows = parse(entry(kept.metadata, "rows", batch_file), batch_file);
  Batch batch;
  for (const auto& [name, tensor] : kept.tensors)
    batch.set(name, tensor.clone(), rows_named(rows.value(name, "")).value_or(Rows::sample));
  batch.count = std::stoll(entry(kept.metadata, "count", batch_file));
  batch = experiment.place(batch);

  experiment.all->set_training(true);
  const Fault fault = find_fault_of_turn(experiment, step, batch, player, report.value("step", int64_t{1}) - 1);
  if (options.json) {
    nlohmann::ordered_json record = {{"event", "replay"}, {"version", 1}, {"folder", options.folder}};
    record["step"] = report.value("step", int64_t{0});
    record["fault"] = fault.json();
    record["rows"] = fault.rows;
    fmt::print("{}\n", record.dump());
  } else {
    fmt::print("step {}: {}\n", report.value("step", int64_t{0}), fault.text());
    if (!fault.rows.empty()) fmt::print("  rows of the batch that are not finite: {}\n", fmt::join(fault.rows, ", "));
  }
  return static_cast<int>(fault.kind == Fault::Kind::none ? ExitCode::ok : ExitCode::diverged);
}
