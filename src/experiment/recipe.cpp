// The fields of a recipe: every top-level block that is not a component of the catalog.

#include "experiment/recipe.h"

#include <algorithm>

#include "experiment/trouble.h"
#include "spec/catalog.h"

namespace dlrun {

std::vector<Field> Unfreeze::fields() {
  return {
      field("match", match, "Regular expression of parameters; the first entry that matches one counts.", required(),
            is_expression()),
      field("epoch", epoch, "Epochs after which they are trained.", at_least(1)),
      field("step", step, "Steps after which they are trained, instead of epochs.", at_least(1)),
  };
}

std::vector<Relation> Unfreeze::relations() const {
  return {{"", "count(epoch, step) == 1", "give epoch or step: when they are trained"}};
}

std::vector<Field> Repeat::fields() {
  return {
      field("seeds", seeds,
            "Trainings that differ in their seed: seed, seed + 1 and so on. Without folds all have the same splits.",
            at_least(1)),
      field("folds", folds,
            "One training for each fold of this split, whose rule has `folds`; with seeds, the rows are dealt anew for "
            "each. none: the splits are those of the recipe.",
            one_of("none", "val", "test")),
      field(
          "soup", soup,
          "One network whose weights are the mean of the members' (model soup, Wortsman et al. 2022) stands for them, "
          "in "
          "the place of the mean of their answers: uniform of all, greedy of those with which it does not become worse "
          "on the validation split, the best member first. For members that begin with the same `pretrained` weights.",
          one_of("none", "uniform", "greedy")),
  };
}

std::vector<Relation> Repeat::relations() const {
  return {{"soup", "soup == 'none' or folds == 'none'", "is for members of the same rows; leave folds out"},
          {"soup", "soup == 'none' or seeds > 1", "needs several members; give seeds"}};
}

std::vector<Field> TrainerSettings::fields() {
  return {
      field("epochs", epochs, "Passes over the training data; 10 when max_steps is not given either.", at_least(1)),
      field("max_steps", max_steps, "Optimizer steps after which training ends.", at_least(1)),
      field("batch_size", batch_size, "Samples in one optimizer step, over all devices.", at_least(1)),
      field("micro_batch_size", micro_batch_size, "Most samples in one forward and backward on one device.",
            at_least(1)),
      field("gradient_accumulation_steps", gradient_accumulation_steps,
            "Forward and backward passes in one optimizer step.", at_least(1)),
      field("eval_batch_size", eval_batch_size, "Samples in one forward of an evaluation; default: batch_size.",
            at_least(1)),
      field("validate_every_n_epochs", validate_every_n_epochs, "Epochs between validations.", at_least(1)),
      field("validate_every_n_steps", validate_every_n_steps, "Steps between validations, instead of epochs.",
            at_least(1)),
      field("limit_train_batches", limit_train_batches, "Batches of an epoch that are used, for trying things out.",
            at_least(1)),
      field("limit_val_batches", limit_val_batches, "Batches of a validation that are used.", at_least(1)),
      field("drop_last", drop_last, "Leave out the last batch of an epoch when it is smaller than the others."),
      field("shuffle", shuffle,
            "A new order of the samples in every epoch; false leaves as little to chance as the sampler can do with."),
      field("unfreeze", unfreeze,
            "Gradual unfreezing: parameters that stay as they are at first, and when that ends. Until then their "
            "gradients are not computed."),
      field("gradient_checkpointing", gradient_checkpointing,
            "Regular expressions of modules (encoder\\.layers\\.\\d+$) that keep nothing for their gradients and are "
            "computed "
            "again for them: less memory, more time, the same numbers. Of modules inside one another the outermost "
            "counts.",
            is_expression()),
      field("on_divergence", on_divergence,
            "What happens to a step whose loss or gradient is not finite: the training stops, the step is skipped, or "
            "the weights roll back to the last checkpoint.",
            one_of("stop", "skip", "rollback")),
      field("max_divergences", max_divergences,
            "Skipped steps in a row, or rollbacks without a checkpoint between them, after which training stops.",
            at_least(1)),
      field("divergence_lr_factor", divergence_lr_factor,
            "Factor on the learning rate, from then on, at each rollback.", more_than(0), at_most(1)),
  };
}

TrainingSpan TrainerSettings::span(int64_t batches) const {
  TrainingSpan span;
  span.steps_per_epoch = std::min(batches, limit_train_batches.value_or(batches));
  span.total_steps = epochs.value_or(0) * span.steps_per_epoch;
  if (max_steps && (!epochs || *max_steps < span.total_steps)) span.total_steps = *max_steps;
  return span;
}

int64_t TrainerSettings::parts() const {
  if (gradient_accumulation_steps) return *gradient_accumulation_steps;
  if (micro_batch_size) return batch_size / *micro_batch_size;
  return 1;
}

int64_t TrainerSettings::part_size(int64_t processes) const {
  if (micro_batch_size) return *micro_batch_size;
  const int64_t share = (batch_size + processes - 1) / processes, parts = gradient_accumulation_steps.value_or(1);
  return (share + parts - 1) / parts;
}

std::vector<Relation> TrainerSettings::relations() const {
  return {
      {"micro_batch_size", "not given(micro_batch_size) or batch_size % micro_batch_size == 0",
       "must divide batch_size"},
      {"gradient_accumulation_steps",
       "not given(gradient_accumulation_steps) or batch_size % gradient_accumulation_steps == 0",
       "must divide batch_size"},
      {"gradient_accumulation_steps",
       "count(micro_batch_size, gradient_accumulation_steps) < 2 or "
       "micro_batch_size * gradient_accumulation_steps == batch_size",
       "micro_batch_size times gradient_accumulation_steps must be batch_size; leave one of the three out"},
  };
}

std::vector<Field> CheckpointSettings::fields() {
  return {
      field("monitor", monitor,
            "Recorded number that decides which checkpoint is best; auto: the task's own, or train/loss without "
            "validation data."),
      field("mode", mode, "Whether a lower or a higher number is better.", one_of("auto", "min", "max")),
      field(
          "save_top_k", save_top_k,
          "Best checkpoints kept beside the last one; of equals those with the lower val/loss, then the later ones. 0: "
          "the last one alone.",
          at_least(0)),
      field(
          "min_seconds", min_seconds,
          "Least time between two checkpoints on disk: those due sooner wait in memory, where a later one takes their "
          "place. 0 writes each at once; so does every_n_steps.",
          at_least(0)),
      field("every_n_steps", every_n_steps, "Steps between checkpoints, besides those after validations.", at_least(1)),
      field("every_n_epochs", every_n_epochs, "Epochs between checkpoints.", at_least(1)),
  };
}

std::vector<Field> Hardware::fields() {
  return {
      field("accelerator", accelerator, "Where to train; auto takes a GPU when there is one.",
            one_of("auto", "cpu", "gpu")),
      field("devices", devices,
            "Processes on each machine that train together, each on its share of every batch: on CPUs, or each on a "
            "GPU of its own. Part of the exact result.",
            at_least(1), at_most(1024)),
      field("num_nodes", num_nodes,
            "Machines that train together, with `devices` processes each. Every one runs the same command, and finds "
            "the others by MASTER_ADDR, MASTER_PORT and NODE_RANK, or by its launcher's variables.",
            at_least(1), at_most(65536)),
      field("strategy", strategy,
            "What each of several devices has: ddp all of the training; zero1 a part of the optimizer's memory; zero2 "
            "a part of that, of the gradients and, between steps, of the weights; fsdp has the weights of a layer only "
            "while it computes. auto is ddp.",
            one_of("auto", "ddp", "zero1", "zero2", "fsdp")),
      field(
          "tensor_parallel_degree", tensor_parallel_degree,
          "Processes that hold one network together, each a part of its large layers; the others share the batch with "
          "as many more. It divides their number.",
          at_least(1), at_most(1024)),
      field("pipeline_parallel_degree", pipeline_parallel_degree,
            "Processes that hold one network together, each a run of its layers; the parts of a batch "
            "(trainer.micro_batch_size) go through them one after the other. It divides the number of processes.",
            at_least(1), at_most(1024)),
      field("sync_batchnorm", sync_batchnorm,
            "Batch norms of several devices learn from the rows of all of them, instead of each from its own."),
      field(
          "precision", precision,
          "Number format of the computation; auto is 32, float32 throughout. tf32, on a GPU, rounds what products and "
          "convolutions multiply to 10 bits of fraction. The mixed ones compute products, convolutions and attention "
          "in bfloat16 or float16, as torch.autocast does, and keep weights, losses and updates in float32; 16-mixed "
          "scales the loss so that small gradients are not lost. bf16 computes all of a network in bfloat16, with "
          "weights rounded to it from those in float32 that are updated.",
          one_of("auto", "32", "tf32", "bf16-mixed", "16-mixed", "bf16")),
      field("memory_format", memory_format, "Memory order of images; auto is channels_last for images.",
            one_of("auto", "contiguous", "channels_last")),
      field("capture", capture,
            "Record a training step once and do it again from the recording: on a GPU a CUDA graph, on a CPU its "
            "operators without all that is around them. Results are the same. Steps that cannot be recorded are made "
            "as ever; always tells why. auto records on a GPU alone.",
            one_of("auto", "always", "never")),
      field("threads", threads, "CPU threads of the computation; 0 takes all cores. Part of the exact result.",
            at_least(0), at_most(1024)),
      field("loader_threads", loader_threads, "Threads that prepare batches; 0 prepares them in the training loop.",
            at_least(0), at_most(256)),
      field("timeout_seconds", timeout_seconds,
            "How long one of several processes is waited for in an exchange; after twice that time none of them is "
            "left.",
            between(5, 86400)),
  };
}

std::vector<Relation> Hardware::relations() const {
  return {
      {"tensor_parallel_degree", "devices * num_nodes == 1 or devices * num_nodes % tensor_parallel_degree == 0",
       "must divide the number of processes, devices times num_nodes"},
      {"pipeline_parallel_degree", "devices * num_nodes == 1 or devices * num_nodes % pipeline_parallel_degree == 0",
       "must divide the number of processes, devices times num_nodes"},
      {"precision", "precision != 'bf16' or (strategy != 'zero2' and strategy != 'fsdp')",
       "rounds whole weights, and with zero2 and fsdp no process has them: take bf16-mixed, or strategy zero1"}};
}

std::vector<Field> Logging::fields() {
  return {
      field("every_n_steps", every_n_steps, "Steps between two records of the training numbers.", at_least(1)),
      field("train_metrics", train_metrics, "Record metrics on the training batches as well."),
      field("report", report,
            "Write report.html, overview.json and curves.svg (and .png) into the run folder when the training has "
            "ended."),
      field("csv", csv, "Write the numbers of metrics.jsonl as metrics.csv then too, a column for each."),
      field("tensorboard", tensorboard,
            "Write event files for TensorBoard into the run folder: all numbers of metrics.jsonl at their steps, the "
            "recipe, and pictures where the task makes some."),
      field("histograms", histograms, "With tensorboard, a histogram of each trained parameter at each validation."),
      field("wandb", wandb,
            "Write a run for Weights & Biases into wandb/ of the run folder, as its offline mode does: wandb sync "
            "sends it. "
            "Project, entity, name, group, tags and notes are those of the environment's WANDB_PROJECT and so on."),
      field("mlflow", mlflow, "Tell an MLflow server of the run: parameters, numbers by step, tags, artifacts."),
  };
}

std::vector<Relation> Logging::relations() const {
  return {{"histograms", "tensorboard == true or histograms == false",
           "are a part of TensorBoard's event files: set tensorboard to true"}};
}

std::vector<Field> DiagnosisSettings::fields() {
  return {
      field("every_n_steps", every_n_steps, "Steps between two looks at a training step; 0 never looks.", at_least(0)),
      field("ignore", ignore, "Diagnoses that are not told; docs/diagnosis.md explains each.",
            Rule{.choices = all_troubles()}),
  };
}

std::vector<Field> Recipe::fields() {
  return {
      field("version", version, "Version of the recipe format.", between(1, 1)),
      field("name", name, "Name of the run.", required(), not_empty()),
      field("description", description, "What the recipe is for, in a sentence."),
      field("task", task, "The way of learning.", required()),
      field("seed", seed, "Seed of every random stream.", at_least(0)),
      field("output_dir", output_dir,
            "The run folder. ${n} in it is the next free number, of a training or a sweep that begins.", not_empty()),
      field("data", data, "The data set and its splits.", required()),
      field("architecture", architecture, "The network.", required()),
      field("loss", loss, "What training minimises; default: the task's."),
      field("metrics", metrics, "What validation reports beside the loss; default: the task's."),
      field("optimizer", optimizer, "How gradients change the weights.", required()),
      field("lr_scheduler", lr_scheduler, "Course of the learning rate; default: constant."),
      field("regularization", regularization, "Everything that keeps the network from overfitting."),
      field("augmentation", augmentation, "Changes to the input, in order."),
      field("sampler", sampler, "Which samples the batches of an epoch hold; default: shuffled."),
      field("repeat", repeat, "Several trainings as one, to average their answers and to see how far results vary."),
      field("sweep", sweep, "What dlrun sweep varies; a training of the recipe alone does not look at it."),
      field("trainer", trainer, "Length and batches of the training."),
      field("checkpoint", checkpoint, "What is saved and when."),
      field("hardware", hardware, "Where and how the run is computed."),
      field("logging", logging, "What is recorded and when."),
      field("diagnosis", diagnosis, "What is looked for while training, and how often."),
      field("data_check", data_check, "What is looked for in the data, and what is known and allowed."),
      field("export", exporter, "What the verb export writes; default: safetensors."),
  };
}

std::vector<Relation> Recipe::relations() const {
  return {
      {"lr_scheduler.min_lr", "not given(lr_scheduler.min_lr) or lr_scheduler.min_lr <= optimizer.lr",
       "must not be above the learning rate it falls from"},
      {"hardware.precision",
       "hardware.precision != '16-mixed' or not (given(optimizer.sam) or given(optimizer.max_iter))",
       "skips steps whose gradients overflow, and this optimizer takes gradients more than once in a step: bf16-mixed "
       "needs no scaling of the loss"},
      {"hardware.precision", "hardware.precision != 'bf16' or not given(regularization.spectral_norm)",
       "computes in the numbers that spectral_norm remembers, which need more digits: take bf16-mixed"},
      {"lr_scheduler.cycle_momentum",
       "lr_scheduler.cycle_momentum != true or given(optimizer.beta1) or optimizer.momentum > 0",
       "moves a momentum that the optimizer does not have: give optimizer.momentum, take an optimizer with beta1, or "
       "set it to false"},
      {"task.ways", "not given(task.ways) or task.ways == sampler.ways",
       "must be the ways of the sampler, which makes the episodes: {type: episodes, ways: ...}"},
      {"task.shots", "not given(task.shots) or task.shots == sampler.shots", "must be the shots of the sampler"},
      {"trainer.batch_size",
       "not given(sampler.ways) or trainer.batch_size == sampler.ways * (sampler.shots + sampler.queries)",
       "must be one episode: sampler.ways times the sum of sampler.shots and sampler.queries"},
      {"sampler.ways",
       "not given(sampler.ways) or count(trainer.micro_batch_size, trainer.gradient_accumulation_steps) == 0",
       "an episode is learned from as a whole: leave micro_batch_size and gradient_accumulation_steps out"}};
}

bool higher_is_better(const std::string& monitor, const std::string& mode, const ChoiceList<Metric>& metrics) {
  if (mode != "auto") return mode == "max";
  for (size_t k = 0; k < metrics.size(); ++k)
    for (const std::string& name : metrics[k].names())
      if (monitor.ends_with("/" + name)) return metrics[k].higher_is_better(name);
  return false;
}

namespace {
struct RecipeKind {
  static constexpr const char* kind = "recipe";
};
const Registered<RecipeKind, Recipe> recipe_entry{"recipe", "A complete run."};
}  // namespace

}  // namespace dlrun
