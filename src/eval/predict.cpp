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
#include "data/row_names.h"
#include "eval/predict_tensors.h"
#include "experiment/onnx_run.h"
#include "experiment/restored.h"

namespace dlrun {
namespace {

// Where results go: into a folder, that is there or ends in '/', under `name`.
std::string output_file(const std::string& output, const std::string& name) {
  FileSystem& files = FileSystem::instance();
  if (!output.ends_with('/') && files.kind(output) != FileKind::folder) return output;
  files.create_folders(output.ends_with('/') ? output.substr(0, output.size() - 1) : output);
  return output + (output.ends_with('/') ? "" : "/") + name;
}

void write(const std::string& output, const std::string& name, const std::string& text) {
  if (output.empty()) {
    fmt::print("{}", text);
    return;
  }
  const std::string path = output_file(output, name);
  write_text_atomically(path, text);
  log_info("written to " + path);
}

std::string line_of(const char* event, const nlohmann::ordered_json& record) {
  nlohmann::ordered_json line = {{"event", event}, {"version", 1}};
  line.update(record);
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// A person reads "sample 3  class Sneaker  probability 0.98  true Sneaker".
std::string sentence(const nlohmann::ordered_json& record) {
  std::string text;
  for (const auto& [key, value] : record.items()) {
    if (key == "value" && value.is_object()) {  // several targets, by name
      for (const auto& [name, number] : value.items()) text += fmt::format("  {} {:.4g}", name, number.get<double>());
      continue;
    }
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
  const std::vector<std::string>& classes = run.recipe->task->info().classes();
  const auto* named = dynamic_cast<const RowNames*>(samples.get());  // What the rows of a whole sample are called.
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
      if (named && records[i].contains("node")) record["sample"] = named->row_name(records[i]["node"].get<int64_t>());
      for (const auto& [key, value] : records[i].items()) record[key] = value;
      if (rows && batch.has("target") && !classes.empty() && batch["target"].dim() == 1)
        record["true"] = classes[batch["target"][static_cast<int64_t>(i)].item<int64_t>()];
      text += options.json || !options.output.empty() ? line_of("prediction", record) : sentence(record);
    }
  }
  write(options.output, "predictions.jsonl", text);
  if (told < samples->size())
    log_info(fmt::format("the first {} of {} samples of {}; --samples N tells more", told, samples->size(), split));
}

// The texts of `split`, one for each file, as far as they are written.
std::vector<std::vector<int64_t>> written_texts(const Split& split) {
  std::vector<std::vector<int64_t>> texts;
  for (int64_t i = 0; i < split.size(); ++i) {
    const Batch batch = split.gather(std::span(&i, 1));
    const at::Tensor tokens = batch["input"][0].contiguous();
    const int64_t* first = tokens.const_data_ptr<int64_t>();
    texts.emplace_back(first, first + batch["input.lengths"][0].item<int64_t>());
  }
  return texts;
}

void generate_texts(const Restored& run, const PredictOptions& options, GenerateOptions generation) {
  std::vector<std::vector<int64_t>> beginnings = {{}};
  if (!options.inputs.empty()) beginnings = written_texts(*run.experiment->splits.test);
  std::string text;
  for (size_t i = 0; i < beginnings.size(); ++i) {
    generation.tokens = std::move(beginnings[i]);
    for (const std::string& sample : run.recipe->task->generate(*run.experiment->network, generation).texts) {
      nlohmann::ordered_json record;
      if (!options.inputs.empty()) record["sample"] = options.inputs[i];
      record["text"] = sample;
      text += options.json ? line_of("text", record) : sample + "\n";
    }
  }
  write(options.output, options.json ? "texts.jsonl" : "texts.txt", text);
}

// New rows of numbers, each a JSON object.
void write_rows(const std::vector<std::string>& rows, const PredictOptions& options) {
  std::string text;
  for (const std::string& row : rows) {
    const nlohmann::ordered_json record = nlohmann::ordered_json::parse(row);
    text += options.json || !options.output.empty() ? line_of("sample", record) : sentence(record);
  }
  write(options.output, "samples.jsonl", text);
}

void generate(const Restored& run, const PredictOptions& options) {
  GenerateOptions generation;
  generation.prompt = options.prompt;
  generation.samples = options.samples;
  generation.max_tokens = options.max_tokens;
  generation.temperature = options.temperature;
  generation.top_k = options.top_k;
  generation.seed = static_cast<uint64_t>(options.seed);
  if (!run.recipe->task->info().vocabulary().empty()) return generate_texts(run, options, generation);
  const Generated generated = run.recipe->task->generate(*run.experiment->network, generation);
  if (!generated.texts.empty()) return write_rows(generated.texts, options);
  if (!generated.picture.defined())
    throw UserError(ExitCode::usage, "what this network generates is no picture; export it to use it elsewhere");
  const std::string folder = is_onnx_file(options.run) ? parent_folder(options.run) : options.run;
  const std::string path = output_file(options.output.empty() ? folder + "/" : options.output, "predictions.png");
  write_png(path, generated.picture);
  fmt::print("{}", options.json ? line_of("picture", {{"picture", path}}) : "samples in " + path + "\n");
}

}  // namespace
}  // namespace dlrun

int dlrun_predict(const dlrun::PredictOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  if (takes_tensors(options)) return predict_tensors(options);
  Restored run = restore(
      {options.run, options.checkpoint, options.overrides, options.inputs, true, options.recipe, options.engine});
  c10::NoGradGuard no_gradients;
  run.experiment->network->set_training(false);
  const Task& task = *run.recipe->task;
  const bool continues = !task.info().vocabulary().empty();  // Files are texts to go on with.
  if (continues && !options.prompt.empty() && !options.inputs.empty())
    throw UserError(ExitCode::usage, "--prompt and files are two ways to say what to continue: give one");
  if (task.generates() && (options.inputs.empty() || continues))
    generate(run, options);
  else
    predict_samples(run, options);
  return 0;
}
