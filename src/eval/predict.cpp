// The verb predict: run folder or ONNX file, and samples -> predictions, or new data.

#include "eval/predict.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "data/images.h"
#include "eval/predict_tensors.h"
#include "experiment/onnx_run.h"
#include "experiment/restored.h"

namespace dlrun {
namespace {

void write(const std::string& path, const std::string& text) {
  if (path.empty())
    fmt::print("{}", text);
  else
    write_text_atomically(path, text);
}

// A person reads "sample 3: Sneaker (0.98), true: Sneaker".
std::string sentence(const nlohmann::ordered_json& record) {
  std::string text;
  for (const auto& [key, value] : record.items()) {
    if (value.is_object() || key == "index") continue;
    const std::string shown = value.is_string()         ? value.get<std::string>()
                              : value.is_number_float() ? fmt::format("{:.4g}", value.get<double>())
                                                        : value.dump();
    text += (text.empty() ? "" : "  ") + (key == "sample" ? shown : key + " " + shown);
  }
  return text + "\n";
}

void predict_samples(const Restored& run, const PredictOptions& options) {
  const Experiment& experiment = *run.experiment;
  const std::string split = options.inputs.empty() && !options.split.empty() ? options.split : experiment.held_out();
  const std::shared_ptr<Split>& samples = experiment.samples(split);
  if (!samples) throw UserError(ExitCode::no_input, "the data have no split \"" + split + "\"");
  // Records: a sample has one, or is a graph with one for each of its nodes.
  const int64_t wanted = options.inputs.empty() ? options.samples : std::numeric_limits<int64_t>::max();
  const int64_t batch_size = std::max(int64_t{1}, std::min({wanted, samples->size(), int64_t{256}}));
  const std::unique_ptr<Loader> loader = experiment.plain_loader(split, batch_size);
  const std::vector<std::string>& classes = run.recipe->task->info().classes;
  loader->seek(0);
  std::string text;
  int64_t told = 0;
  for (int64_t done = 0; done < samples->size() && told < wanted; done += batch_size) {
    const Batch batch = experiment.place(*loader->next());
    const nlohmann::json records = run.recipe->task->predict(*experiment.network, batch);
    const int64_t gathered = std::min(batch_size, samples->size() - done);
    const bool rows = batch.count == gathered && static_cast<int64_t>(records.size()) == gathered;
    for (size_t i = 0; i < records.size() && told < wanted; ++i, ++told) {
      nlohmann::ordered_json record;
      if (rows) record["sample"] = samples->describe(done + static_cast<int64_t>(i));
      for (const auto& [key, value] : records[i].items()) record[key] = value;
      if (rows && batch.has("target") && !classes.empty() && batch["target"].dim() == 1)
        record["true"] = classes[batch["target"][static_cast<int64_t>(i)].item<int64_t>()];
      text += options.json || !options.output.empty() ? record.dump() + "\n" : sentence(record);
    }
  }
  write(options.output, text);
}

void generate(const Restored& run, const PredictOptions& options) {
  const Generated generated = run.recipe->task->generate(
      *run.experiment->network, {options.prompt, options.samples, options.max_tokens, options.temperature,
                                 options.top_k, static_cast<uint64_t>(options.seed)});
  if (generated.picture.defined()) {
    const std::string folder = is_onnx_file(options.run) ? parent_folder(options.run) : options.run;
    const std::string path = options.output.empty() ? folder + "/predictions.png" : options.output;
    write_png(path, generated.picture);
    fmt::print("{}", options.json ? nlohmann::json{{"picture", path}}.dump() + "\n" : "samples in " + path + "\n");
    return;
  }
  std::string text;
  for (const std::string& sample : generated.texts)
    text += options.json
                ? nlohmann::json{{"text", sample}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                : sample + "\n";
  write(options.output, text);
}

}  // namespace
}  // namespace dlrun

int dlrun_predict(const dlrun::PredictOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  if (takes_tensors(options)) return predict_tensors(options);
  const bool from_split = options.inputs.empty();
  Restored run = restore(
      {options.run, options.checkpoint, options.overrides, options.inputs, true, options.recipe, options.engine});
  c10::NoGradGuard no_gradients;
  run.experiment->network->set_training(false);
  if (from_split && run.recipe->task->generates())
    generate(run, options);
  else
    predict_samples(run, options);
  return 0;
}
