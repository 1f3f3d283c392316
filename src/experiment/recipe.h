// The recipe: everything that decides a run, as one group of parameters.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/settings.h"
#include "data/augmentation.h"
#include "data/dataset.h"
#include "data/sampler.h"
#include "experiment/regularization.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "mlflow/settings.h"
#include "models/architecture.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "spec/field.h"
#include "sweep/sweep_settings.h"
#include "tasks/task.h"

namespace dlrun {

// Parameters that stay as they are until a training has come so far.
struct Unfreeze final : Params {
  std::string match;
  std::optional<int64_t> epoch, step;
  std::vector<Field> fields() override;
  std::vector<Relation> relations() const override;
};

// Several trainings of one recipe as one: its members.
struct Repeat final : Params {
  int64_t seeds = 1;
  std::string folds = "none";  // val, test: the split whose folds are gone through
  std::string soup = "none";
  std::vector<Field> fields() override;
  std::vector<Relation> relations() const override;
};

struct TrainerSettings final : Params {
  std::optional<int64_t> epochs;
  std::optional<int64_t> max_steps;
  int64_t batch_size = 32;
  std::optional<int64_t> micro_batch_size;
  std::optional<int64_t> gradient_accumulation_steps;
  std::optional<int64_t> eval_batch_size;
  int64_t validate_every_n_epochs = 1;
  std::optional<int64_t> validate_every_n_steps;
  std::optional<int64_t> limit_train_batches;
  std::optional<int64_t> limit_val_batches;
  bool drop_last = true;
  bool shuffle = true;
  List<Unfreeze> unfreeze;
  std::vector<std::string> gradient_checkpointing;
  std::string on_divergence = "stop";
  int64_t max_divergences = 5;
  double divergence_lr_factor = 0.5;
  std::vector<Field> fields() override;
  std::vector<Relation> relations() const override;

  // How long a training is, with so many batches in an epoch of the whole data.
  TrainingSpan span(int64_t batches) const;
  // Parts a whole batch is cut into, each with a forward and backward of its own.
  int64_t parts() const;
  // The most samples in one of them, in each of so many processes that share the batch.
  int64_t part_size(int64_t processes) const;
};

struct CheckpointSettings final : Params {
  std::string monitor = "auto";
  std::string mode = "auto";
  int64_t save_top_k = 1;
  double min_seconds = 5.0;
  std::optional<int64_t> every_n_steps;
  int64_t every_n_epochs = 1;
  std::vector<Field> fields() override;

  // Whether some checkpoint is kept for being the best; otherwise the last one stands for it.
  bool keeps_best() const { return !monitor.empty() && save_top_k > 0; }
};

struct Hardware final : Params {
  std::string accelerator = "auto";
  int64_t devices = 1;
  int64_t num_nodes = 1;
  std::string strategy = "auto";
  int64_t tensor_parallel_degree = 1;
  int64_t pipeline_parallel_degree = 1;
  bool sync_batchnorm = false;
  std::string precision = "auto";
  std::string memory_format = "auto";
  std::string capture = "auto";
  int64_t threads = 0;
  int64_t loader_threads = 1;
  double timeout_seconds = 300.0;
  std::vector<Field> fields() override;
  std::vector<Relation> relations() const override;

  int64_t processes() const { return devices * num_nodes; }
  // How many of them share every batch: of those that hold one network together, each has all of the rows.
  int64_t sharers() const { return std::max<int64_t>(1, processes() / holders()); }
  // How many hold one network together by its layers.
  int64_t holders() const { return tensor_parallel_degree * pipeline_parallel_degree; }
  // Whether each process has a part of every weight's numbers, and all of them only while a layer computes.
  bool shards_weights() const { return strategy == "zero2" || strategy == "fsdp"; }
  // The type of products and convolutions.
  at::ScalarType computes_in() const {
    if (precision == "bf16-mixed" || precision == "bf16") return at::kBFloat16;
    return precision == "16-mixed" ? at::kHalf : at::kFloat;
  }
  // Whether a network's weights and all that it computes are of that type too.
  bool narrow_throughout() const { return precision == "bf16"; }
};

struct Logging final : Params {
  int64_t every_n_steps = 50;
  bool train_metrics = true;
  bool report = true;
  bool csv = false;
  bool tensorboard = false;
  bool histograms = false;
  bool wandb = false;
  Optional<MlflowSettings> mlflow;
  std::vector<Field> fields() override;
  std::vector<Relation> relations() const override;
};

struct DiagnosisSettings final : Params {
  int64_t every_n_steps = 100;
  std::vector<std::string> ignore;
  std::vector<Field> fields() override;
};

struct Recipe final : Params {
  int64_t version = 1;
  std::string name;
  std::string description;
  Choice<Task> task;
  int64_t seed = 0;
  std::string output_dir = "runs/${name}";
  Choice<Dataset> data;
  Choice<Architecture> architecture;
  Choice<Loss> loss;
  ChoiceList<Metric> metrics;
  Choice<Optimizer> optimizer;
  Choice<Schedule> lr_scheduler;
  Regularization regularization;
  ChoiceList<Augmentation> augmentation;
  Choice<Sampler> sampler;
  Optional<Repeat> repeat;
  Optional<SweepSettings> sweep;
  TrainerSettings trainer;
  CheckpointSettings checkpoint;
  Hardware hardware;
  Logging logging;
  DiagnosisSettings diagnosis;
  DataCheckSettings data_check;
  AnyChoice exporter{"exporter", "", nullptr};  // an Exporter: its interface lies in a room above

  std::vector<Field> fields() override;
  std::vector<Relation> relations() const override;
};

// Which way a monitored number gets better: "auto" becomes max for metrics that rise (accuracy), min otherwise.
bool higher_is_better(const std::string& monitor, const std::string& mode, const ChoiceList<Metric>& metrics);

}  // namespace dlrun
