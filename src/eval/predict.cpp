// The verb predict: run folder or ONNX file, and samples -> predictions, or new data.

#include "eval/predict.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/terminal.h"
#include "data/arrow_table.h"
#include "data/images.h"
#include "data/own_targets.h"
#include "data/row_names.h"
#include "data/tensor_split.h"
#include "eval/evaluate.h"
#include "eval/predict_tensors.h"
#include "eval/prediction_table.h"
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

constexpr const char* several_targets = "targets";  // in a record, by their names

std::string word(const nlohmann::ordered_json& value) {
  return value.is_string()         ? value.get<std::string>()
         : value.is_number_float() ? fmt::format("{:.4g}", value.get<double>())
                                   : value.dump();
}

// What is told of several targets by their names: "hours 38.2", "income >50K 0.91", and what is true "(40)", "(<=50K)".
std::string words_of_targets(const nlohmann::ordered_json& targets, const nlohmann::ordered_json& truth) {
  std::string text;
  for (const auto& [name, told] : targets.items()) {
    text += "  " + name + " " + word(told.contains("class") ? told["class"] : told["value"]);
    if (told.contains("probability")) text += " " + word(told["probability"]);
    if (truth.contains(name) && !truth[name].is_null()) text += " (" + word(truth[name]) + ")";
  }
  return text;
}

// A person reads "sample 3  class Sneaker  probability 0.98  true Sneaker".
std::string sentence(const nlohmann::ordered_json& record) {
  std::string text;
  for (const auto& [key, value] : record.items()) {
    if (key == several_targets) {
      text += words_of_targets(value, record.contains("true") ? record["true"] : nlohmann::ordered_json());
      continue;
    }
    if (key == "value" && value.is_object()) {  // several targets, by name
      for (const auto& [name, number] : value.items()) text += fmt::format("  {} {:.4g}", name, number.get<double>());
      continue;
    }
    if (value.is_object() || key == "index") continue;
    text += (text.empty() ? "" : "  ") + (key == "sample" ? word(value) : key + " " + word(value));
  }
  return visible(text, /*lines=*/false) + "\n";  // names of samples come from files
}

// JSON Lines, a table where the file's ending says so, or sentences for a person.
void write_records(const char* event, const std::string& name, const std::vector<nlohmann::ordered_json>& records,
                   const PredictOptions& options) {
  if (const std::optional<char> separator = table_separator(options.output))
    return write(options.output, name, table_text(records, *separator));
  if (is_arrow_table(options.output))
    return write(options.output, name, arrow_file(options.output, table_columns(records)));
  std::string text;
  for (const nlohmann::ordered_json& record : records)
    text += options.json || !options.output.empty() ? line_of(event, record) : sentence(record);
  write(options.output, name, text);
}

// What the sample's own label says, in the unit of the data.
void add_truth(nlohmann::ordered_json& record, const at::Tensor& target, const DataInfo& info) {
  const FieldInfo& field = *info.target();
  if (field.means == FieldInfo::Means::classes && target.dim() == 0) {
    record["true"] = info.classes().at(static_cast<size_t>(target.item<int64_t>()));
  } else if (field.means == FieldInfo::Means::numbers && target.dim() == 1) {
    nlohmann::ordered_json values = nlohmann::ordered_json::array(), named = nlohmann::ordered_json::object();
    for (int64_t k = 0; k < target.size(0); ++k) {
      const size_t place = static_cast<size_t>(k);
      const double scaled = target[k].item<double>();
      values.push_back(info.target_scale.empty() ? scaled
                                                 : scaled * info.target_scale[place] + info.target_offset[place]);
      if (info.targets.size() == static_cast<size_t>(target.size(0))) named[info.targets[place]] = values.back();
    }
    if (values.size() == 1)
      record["true"] = values[0];
    else
      record["true"] = named.empty() ? values : named;
  }
}

// The same of targets that have a field each; null where a row lacks one.
void add_truths(nlohmann::ordered_json& record, const Batch& batch, int64_t row, const DataInfo& info) {
  size_t number = 0;
  for (const FieldInfo& field : info.fields) {
    if (!field.name.starts_with(target_prefix)) continue;
    const bool classes = field.means == FieldInfo::Means::classes;
    const size_t place = classes ? 0 : number++;
    if (!batch.has(field.name)) continue;
    const std::string name = field.name.substr(target_prefix.size()), known = known_field(name);
    const at::Tensor value = batch[field.name][row];
    nlohmann::ordered_json& told = record["true"][name];
    if (batch.has(known) && !batch[known][row].item<bool>()) continue;
    if (classes)
      told = field.names.at(static_cast<size_t>(value.item<int64_t>()));
    else
      told = info.target_scale.empty()
                 ? value.item<double>()
                 : value.item<double>() * info.target_scale.at(place) + info.target_offset.at(place);
  }
}

// How good the predictions of files are that hold the answers too.
void tell_scores(const Restored& run, const PredictOptions& options) {
  const Experiment& experiment = *run.experiment;
  const std::shared_ptr<Split>& samples = experiment.splits.test;
  if (options.inputs.empty() || !run.recipe->task->evaluates() || !holds_answers(*samples)) return;
  const std::unique_ptr<Loader> loader = experiment.plain_loader("test", std::min(samples->size(), int64_t{256}));
  std::string text;
  for (const auto& [name, value] : evaluate(experiment, *loader)) text += fmt::format(", {} {:.6g}", name, value);
  log_info(fmt::format("the files hold the answers: over {} samples{}", samples->size(), text));
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
  const DataInfo& info = run.recipe->task->info();
  const auto* named = dynamic_cast<const RowNames*>(samples.get());  // What the rows of a whole sample are called.
  const auto* rows_of_table = dynamic_cast<const TensorSplit*>(samples.get());
  loader->seek(0);
  std::vector<nlohmann::ordered_json> predictions;
  int64_t told = 0;
  LongWork predicting("predicting", std::min(wanted, samples->size()));
  for (int64_t done = 0; done < samples->size() && told < wanted; done += batch_size) {
    const Batch batch = experiment.place(*loader->next());
    const nlohmann::json records = run.recipe->task->predict(*experiment.network, batch);
    const int64_t gathered = std::min(batch_size, samples->size() - done);
    predicting.done(gathered);
    const bool rows = batch.count == gathered && static_cast<int64_t>(records.size()) == gathered;
    for (size_t i = 0; i < records.size() && told < wanted; ++i, ++told) {
      nlohmann::ordered_json record;
      if (rows) record["sample"] = samples->describe(done + static_cast<int64_t>(i));
      if (named && records[i].contains("node")) record["sample"] = named->row_name(records[i]["node"].get<int64_t>());
      if (rows && rows_of_table)
        for (const CarriedColumn& column : rows_of_table->carried())
          record[column.name] = column.cells.at(static_cast<size_t>(done) + i);
      for (const auto& [key, value] : records[i].items()) record[key] = value;
      if (rows && batch.has("target")) add_truth(record, batch["target"][static_cast<int64_t>(i)], info);
      if (rows) add_truths(record, batch, static_cast<int64_t>(i), info);
      predictions.push_back(std::move(record));
    }
  }
  write_records("prediction", "predictions.jsonl", predictions, options);
  tell_scores(run, options);
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
  std::vector<nlohmann::ordered_json> records;
  for (const std::string& row : rows) records.push_back(nlohmann::ordered_json::parse(row));
  write_records("sample", "samples.jsonl", records, options);
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
  show_long_work(options.progress && options.verbosity >= 0);
  if (takes_tensors(options)) return predict_tensors(options);
  // A file that would not be written is told before anything is read.
  table_separator(options.output);
  if (is_arrow_table(options.output)) require_arrow_plugin(options.output);
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
