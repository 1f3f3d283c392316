// An ONNX file as a trained run.

#include "experiment/onnx_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "data/pixels.h"
#include "experiment/onnx_network.h"
#include "onnx/evaluator.h"
#include "onnx/file.h"
#include "onnx/front.h"
#include "onnx/runtime.h"
#include "spec/read.h"

namespace dlrun {
namespace {

using Json = nlohmann::json;

// The entry "dlrun.<key>" of the metadata; "" where there is none.
std::string entry(const OnnxModel& model, const std::string& key) {
  for (const auto& [name, value] : model.metadata)
    if (name == "dlrun." + key) return value;
  return "";
}

constexpr int deepest = 32;  // Copying a value recurses, so one nested without end would overflow the stack.

Json parsed(const OnnxModel& model, const std::string& key, const std::string& file) {
  const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > deepest)
      throw UserError(ExitCode::bad_data, fmt::format("{}: the values of dlrun.{} are nested too deep", file, key));
    return true;
  };
  return Json::parse(entry(model, key), shallow);
}

// What was fitted on the training data, as a checkpoint keeps it.
Json fitted_in(const OnnxModel& model, const std::string& file) {
  Json fitted = {{"data", parsed(model, "data", file)}, {"augmentation", parsed(model, "augmentation", file)}};
  std::vector<int64_t> shape;
  try {
    shape = data_info(fitted.at("data")).input().sizes;
  } catch (const UserError& error) {
    throw UserError(error.code(), fmt::format("{}: {}", file, error.what()));
  }
  if (shape.empty() || *std::min_element(shape.begin(), shape.end()) < -1)
    throw UserError(ExitCode::bad_data, file + ": the metadata dlrun.data hold no shape of a sample");
  if (!fitted.at("augmentation").is_array())
    throw UserError(ExitCode::bad_data, file + ": the metadata dlrun.augmentation are no list");
  return fitted;
}

// The same found anew, where the file does not carry it: the data are opened.
Json fitted_on_data(Recipe& recipe) {
  BuildOptions options;
  options.network = [] { return nullptr; };
  return build(recipe, options).fitted;
}

// Pixels as they are stored, not yet in [0, 1].
bool takes_bytes(const OnnxModel& model) {
  for (const OnnxValueInfo& input : model.graph.inputs)
    if (white_of(input.type) != 1.0 && input.shape.size() == 4) return true;
  return false;
}

void read_recipe(const RestoreOptions& options, const std::string& carried, Recipe& recipe) {
  if (!options.recipe.empty())
    read_file(options.recipe, {options.overrides}, recipe);
  else if (!carried.empty())
    read_text(carried, options.run + " (dlrun.recipe)", {options.overrides}, recipe);
  else
    throw UserError(ExitCode::usage, options.run +
                                         ": this file carries no recipe, dlrun did not write it; say which data it is "
                                         "for and what is done to them: --recipe RECIPE");
  resolve(recipe);
  recipe.hardware.accelerator = "cpu";
}

}  // namespace

bool is_onnx_file(const std::string& path) {
  const FileKind kind = FileSystem::instance().kind(path);
  return kind == FileKind::file || (kind == FileKind::none && path.ends_with(".onnx"));
}

OnnxRunner onnx_runner(const std::string& engine, const std::string& file, const OnnxModel& model, int threads) {
  const bool asked = engine == "onnxruntime";
  std::shared_ptr<const OnnxRuntime> runtime;
  if (asked || (engine.empty() && entry(model, "recipe").empty())) runtime = OnnxRuntime::find();
  if (asked && !runtime)
    throw UserError(ExitCode::no_input,
                    "--engine onnxruntime: no libonnxruntime.so is found; name it in DLRUN_ONNXRUNTIME");
  if (runtime) {
    if (!asked)
      log_info(fmt::format("{}: not written by dlrun: onnxruntime {} computes (--engine dlrun would do it itself)",
                           file, runtime->version()));
    const auto session = std::make_shared<OnnxRuntimeSession>(std::move(runtime), file, threads);
    return [session](const auto& inputs) { return session->run(inputs); };
  }
  try {
    const auto evaluator = std::make_shared<OnnxEvaluator>(model);
    return [evaluator](const auto& inputs) { return evaluator->run(inputs); };
  } catch (const UserError& error) {
    throw UserError(error.code(), file + ": " + error.what());
  }
}

Restored restore_onnx(const RestoreOptions& options) {
  if (options.checkpoint != "best")
    throw UserError(ExitCode::usage, options.run + ": an ONNX file has no checkpoints to choose from (--checkpoint)");
  OnnxModel model = read_onnx(options.run);
  const bool own = options.recipe.empty() && !entry(model, "recipe").empty();
  Restored restored;
  restored.run = options.run;
  restored.recipe = std::make_unique<Recipe>();
  Recipe& recipe = *restored.recipe;
  read_recipe(options, entry(model, "recipe"), recipe);
  restored.checkpoint.folder = options.run;
  restored.word = options.checkpoint;
  restored.checkpoint.recipe_hash = entry(model, "recipe_hash");
  const std::string step = entry(model, "step");
  restored.checkpoint.step = step.empty() ? -1 : std::atoll(step.c_str());
  const std::string name = options.run.substr(options.run.rfind('/') + 1);
  restored.origin = step.empty() ? name : fmt::format("{} (step {})", name, restored.checkpoint.step);

  OnnxNetworkOptions network;
  network.file = options.run;
  if (entry(model, "preprocessing") == "columns") {
    if (options.engine == "onnxruntime")
      throw UserError(ExitCode::usage,
                      options.run +
                          ": it takes the columns of a table, which dlrun encodes itself; leave --engine out, or "
                          "export it without include_preprocessing");
    model = without_front(std::move(model));
  }
  network.raw = entry(model, "preprocessing") == "inside" || takes_bytes(model);
  network.discriminator = entry(model, "model") == "discriminator";
  BuildOptions build_options;
  build_options.inputs = options.inputs;
  build_options.data = options.data;
  build_options.keep_rows = options.keep_rows;
  build_options.network = [&] {
    network.run = onnx_runner(options.engine, options.run, model, static_cast<int>(recipe.hardware.threads));
    network.model = model;
    network.info = recipe.task->info();
    // A generator answers with samples, of which its task says nothing.
    const bool generator = !recipe.task->evaluates() && !network.discriminator;
    network.outputs = generator ? 0 : recipe.task->shapes(*recipe.loss).outputs;
    return onnx_network(std::move(network));
  };
  const bool raw = network.raw;
  try {
    if (own)
      build_options.fitted = fitted_in(model, options.run);
    else if (!options.inputs.empty())
      build_options.fitted = fitted_on_data(recipe);
    restored.experiment = std::make_unique<Experiment>(build(recipe, build_options));
  } catch (const Json::exception& error) {
    throw UserError(ExitCode::bad_data, fmt::format("{}: what its metadata say of the training data does not suit its "
                                                    "recipe: {}",
                                                    options.run, error.what()));
  }
  restored.experiment->keep_raw = raw;
  return restored;
}

}  // namespace dlrun
