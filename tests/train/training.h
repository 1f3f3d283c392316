// What tests of training share: a run from a recipe's text, whose data and network a test may change before it starts.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "run/run_folder.h"
#include "spec/read.h"
#include "spec/write.h"
#include "support.h"
#include "train/trainer.h"

namespace dlrun::test {

struct TrainingOptions {
  std::vector<std::string> overrides;
  std::function<void(Experiment&)> prepare;  // before the trainer takes over
  std::optional<int64_t> from;               // resume from this checkpoint
};

struct Training {
  std::unique_ptr<Recipe> recipe = std::make_unique<Recipe>();
  std::unique_ptr<RunFolder> folder;
  std::unique_ptr<CheckpointStore> checkpoints;
  std::unique_ptr<MetricsStream> metrics;
  std::unique_ptr<Experiment> experiment;
  std::unique_ptr<Console> console;
  std::unique_ptr<Trainer> trainer;

  Training(const std::string& text, const std::string& output, const TrainingOptions& options = {}) {
    std::vector<std::string> overrides = options.overrides;
    overrides.push_back("output_dir=" + output);
    read_text(text, "test.yaml", {overrides}, *recipe);
    folder = std::make_unique<RunFolder>(RunFolder::create(output, options.from ? Start::resume : Start::overwrite));
    folder->begin(write_yaml(*recipe));
    checkpoints = std::make_unique<CheckpointStore>(folder->checkpoints());
    checkpoints->recover();
    std::optional<Checkpoint> start;
    for (const Checkpoint& checkpoint : checkpoints->list())
      if (options.from && checkpoint.step == *options.from) start = checkpoint;
    std::string there;
    for (const Checkpoint& checkpoint : checkpoints->list()) there += " " + std::to_string(checkpoint.step);
    TORCH_CHECK(!options.from || start, "no checkpoint to resume from; there are:", there);
    BuildOptions build_options;
    if (start) build_options.fitted = start->values.at("fitted");
    experiment = std::make_unique<Experiment>(build(*recipe, build_options));
    if (options.prepare) options.prepare(*experiment);
    metrics = std::make_unique<MetricsStream>(folder->metrics_file(),
                                              start ? start->values.at("metrics_bytes").get<int64_t>() : 0);
    CommonOptions quiet;
    quiet.verbosity = -2;
    console = std::make_unique<Console>(quiet);
    trainer = std::make_unique<Trainer>(*experiment, output, *checkpoints, metrics.get(), *console);
    if (start) trainer->restore(*start);
  }

  // The tensors of the last checkpoint.
  TensorList state() const {
    TensorList tensors;
    for (const auto& [name, tensor] : checkpoints->load(*checkpoints->latest()).tensors)
      tensors.emplace_back(name, tensor.clone());
    return tensors;
  }

  // The records of metrics.jsonl with this event.
  std::vector<nlohmann::json> events(const std::string& name) const {
    metrics->flush();
    std::vector<nlohmann::json> found;
    std::istringstream lines(read_bytes(folder->metrics_file()));
    for (std::string line; std::getline(lines, line);)
      if (nlohmann::json record = nlohmann::json::parse(line); record.at("event") == name) found.push_back(record);
    return found;
  }
};

inline bool same_tensors(const TensorList& a, const TensorList& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].first != b[i].first || !at::equal(a[i].second, b[i].second)) return false;
  return true;
}

// Without the statistics of norms that belong to averages: they are measured on the samples there are, and one that is
// not finite counts for nothing.
inline TensorList without_measured(TensorList state) {
  std::erase_if(state, [](const auto& item) {
    return item.first.starts_with("ema.") &&
           (item.first.ends_with(".running_mean") || item.first.ends_with(".running_var") ||
            item.first.ends_with(".num_batches_tracked"));
  });
  return state;
}

// The lines of metrics.jsonl without their clock fields.
inline std::string plain_metrics(const std::string& run) {
  std::string text;
  std::istringstream lines(read_bytes(run + "/metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) text += without_clock(line) + "\n";
  return text;
}

}  // namespace dlrun::test
