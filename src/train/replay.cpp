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
#include "spec/read_json.h"
#include "spec/scalar.h"
#include "step/turn_fault.h"
#include "tensor/random_streams.h"

namespace dlrun {
namespace {

constexpr uint64_t most_report_bytes = uint64_t{64} << 20;

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

// What of report.json is needed to make the step again.
struct StoredReport final : Params {
  int64_t step = 0, player = 0;
  std::vector<Field> fields() override {
    return {field("step", step, "The step that was not made.", required(), between(1, 1e15)),
            field("player", player, "Whose turn it was.", required(), at_least(0))};
  }
};

// The batch as it was kept.
Batch batch_of(const Safetensors& kept, const std::string& path) {
  Batch batch;
  of_stored(path, "rows", [&] {
    const nlohmann::json rows = parse(entry(kept.metadata, "rows", path), path);
    for (const auto& [name, tensor] : kept.tensors)
      batch.set(name, tensor.clone(), rows_named(rows.value(name, "")).value_or(Rows::sample));
  });
  const std::string& count = entry(kept.metadata, "count", path);
  const std::optional<int64_t> samples = parse_integer(count);
  if (!samples || *samples < 1)
    throw UserError(ExitCode::bad_data,
                    fmt::format("{}: count: expected a number of samples, got \"{}\"", path, count));
  batch.count = *samples;
  if (!batch.has("input")) throw UserError(ExitCode::bad_data, path + ": a batch without \"input\"");
  return batch;
}

}  // namespace
}  // namespace dlrun

int dlrun_replay(const dlrun::ReplayOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  const std::string report_file = options.folder + "/report.json", state_file = options.folder + "/state.safetensors";
  if (!FileSystem::instance().exists(report_file))
    throw UserError(ExitCode::no_input, options.folder + ": no step that diverged is kept here (no report.json)");
  StoredReport report;
  read_json(parse(read_text(report_file, most_report_bytes), report_file), report_file, "", report);
  const Safetensors state = read_safetensors(state_file);
  const std::string batch_file = options.folder + "/batch.safetensors";
  const Safetensors kept = read_safetensors(batch_file);

  const RunFolder run = RunFolder::open(run_of(options.folder));
  Recipe recipe;
  read_file(run.recipe_file(), {}, recipe);
  recipe.architecture->pretrained.clear();  // The state holds all weights.
  std::unique_ptr<Experiment> built;
  of_stored(state_file, "fitted", [&] {
    BuildOptions build_options;
    build_options.fitted = parse(entry(state.metadata, "fitted", state_file), state_file);
    build_options.data = false;
    built = std::make_unique<Experiment>(build(recipe, build_options));
  });
  const Experiment& experiment = *built;

  // Parameters lie in memory as they did in training: other orders choose other kernels.
  Step step(experiment);
  if (report.player >= static_cast<int64_t>(step.players()))
    throw UserError(ExitCode::bad_data, fmt::format("{}: player: there is no number {}", report_file, report.player));

  of_stored(state_file, "tensors", [&] {
    RandomStreams(experiment.device).restore(state.tensors);
    std::vector<NamedTensor> slots = experiment.all->parameters();
    for (const NamedTensor& buffer : experiment.all->buffers()) slots.push_back(buffer);
    load_weights(slots, kept_below(state.tensors, kept_model), state_file);
  });
  experiment.all->set_training(true);
  Fault fault;
  of_stored(batch_file, "tensors", [&] {
    const Batch batch = experiment.place(batch_of(kept, batch_file));
    fault = find_fault_of_turn(experiment, step, batch, static_cast<size_t>(report.player), report.step - 1);
  });
  if (options.json) {
    nlohmann::ordered_json record = {{"event", "replay"}, {"version", 1}, {"folder", options.folder}};
    record["step"] = report.step;
    record["fault"] = fault.json();
    record["rows"] = fault.rows;
    fmt::print("{}\n", record.dump());
  } else {
    fmt::print("step {}: {}\n", report.step, fault.text());
    if (!fault.rows.empty()) fmt::print("  rows of the batch that are not finite: {}\n", fmt::join(fault.rows, ", "));
  }
  return static_cast<int>(fault.kind == Fault::Kind::none ? ExitCode::ok : ExitCode::diverged);
}
