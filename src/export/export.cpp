// The verb export: run folder -> deployable files.

#include "export/export.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/text.h"
#include "experiment/fold_members.h"
#include "export/exporter.h"
#include "export/model_card.h"
#include "nn/parametrization.h"
#include "run/output_folder.h"
#include "run/run_folder.h"
#include "spec/catalog.h"
#include "spec/read.h"

namespace dlrun {
namespace {

constexpr const char* card_name = "model_card.md";

// The overrides on the stored recipe: the exporter's type comes first, so that its options may follow. Files are
// float32, whatever the training computed in: they are compared with what the weights answer in float32.
std::vector<std::string> overrides_of(const ExportOptions& options) {
  std::vector<std::string> overrides = {"hardware.precision=32"};
  overrides.insert(overrides.end(), options.overrides.begin(), options.overrides.end());
  if (options.format.empty()) return overrides;
  if (!Catalog::instance().find(Exporter::kind, options.format)) {
    std::vector<std::string> names;
    for (const Entry* other : Catalog::instance().entries(Exporter::kind)) names.push_back(other->name);
    throw UserError(ExitCode::usage, "--format: no exporter \"" + options.format + "\"; there is " + join_or(names));
  }
  overrides.insert(overrides.begin(), "export.type=" + options.format);
  return overrides;
}

// Whether the exporter wants samples must be known before the run is restored.
bool needs_data(const ExportOptions& options, const std::vector<std::string>& overrides) {
  Recipe recipe;
  read_file(RunFolder::open(options.run).recipe_file(), {overrides}, recipe);
  resolve(recipe);
  return std::static_pointer_cast<Exporter>(recipe.exporter.value)->needs_data();
}

// The run with its data, where the exporter wants samples; without them the message says how to go on.
Restored restore_for(const ExportOptions& options, const std::vector<std::string>& overrides) {
  const bool data = needs_data(options, overrides);
  try {
    RestoreOptions restoring{options.run, options.checkpoint, overrides, {}, data};
    restoring.keep_rows = data;
    return restore(restoring);
  } catch (const UserError& error) {
    if (!data || error.code() != ExitCode::no_input) throw;
    throw UserError(error.code(), std::string(error.what()) +
                                      "\nSamples are wanted to check the exported file. Say where they are now "
                                      "(data.path=...), or export.check=false to leave the check out.");
  }
}

}  // namespace
}  // namespace dlrun

int dlrun_export(const dlrun::ExportOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  show_long_work(options.progress && options.verbosity >= 0);
  const std::vector<std::string> overrides = overrides_of(options);
  const Restored run = restore_for(options, overrides);
  if (seen_by_members(*run.experiment))
    throw UserError(ExitCode::usage,
                    options.run +
                        ": its members were trained on other rows each, and scaled by them: no network "
                        "stands for all of them. Each is a run of its own: " +
                        options.run + "/members/1");
  const std::string folder = options.output.empty() ? options.run + "/export" : options.output;
  OutputFolder output(folder);
  const PlainParameters plain(*run.experiment->all);
  Exported exported = std::static_pointer_cast<Exporter>(run.recipe->exporter.value)->write(run, output.staging());
  std::vector<std::string> names;
  for (std::string& file : exported.files) {
    names.push_back(file.substr(file.rfind('/') + 1));
    file = folder + "/" + names.back();
  }
  const CardResults results = card_results(run, options.progress && options.verbosity >= 0);
  write_text_atomically(output.staging() + "/" + card_name, model_card(run, results, names, exported.facts));
  names.insert(names.begin(), card_name);
  exported.files.push_back(folder + "/" + card_name);
  output.commit(names);
  if (options.json) {
    nlohmann::ordered_json record = {{"event", "export"}, {"version", 1}, {"format", run.recipe->exporter.type}};
    if (exported.facts.is_object()) record.update(exported.facts);
    for (const std::string& file : exported.files) {
      record["file"] = file;
      fmt::print("{}\n", record.dump());
    }
    return 0;
  }
  for (const std::string& line : exported.lines) fmt::print("{}\n", line);
  for (const std::string& file : exported.files) fmt::print("{}\n", file);
  return 0;
}
