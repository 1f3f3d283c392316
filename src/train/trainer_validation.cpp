// What the trainer does with held-out data: numbers, the choice of the best checkpoint, and a picture.

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/phase.h"
#include "base/signals.h"
#include "data/images.h"
#include "dist/agreement.h"
#include "train/trainer.h"

namespace dlrun {

void Trainer::validate() {
  enter_phase("the validation after step", position_.step);
  Results results;
  std::optional<ValidationFault> fault;
  int64_t ignored = 0;
  if (val_) {
    use_average();
    EvaluateOptions options;
    options.limit_batches = recipe_.trainer.limit_val_batches.value_or(-1);
    // Several processes would have to agree after every batch: they go through with it.
    if (group_.size() == 1) options.interrupted = [] { return stop_requested() != 0; };
    options.progress = [&](int64_t done, int64_t total) { console_.validating(done, total); };
    options.not_finite = [&](const Batch& batch) {
      if (fault) return;
      if (experiment_.passes_together() || experiment_.stage())
        fault.emplace();  // to look closer would be an exchange, and others have finite samples
      else
        fault = examine_validation(batch);
    };
    options.ignored = [&](int64_t targets) { ignored = targets; };
    results = evaluate(experiment_, *val_, options);
    swap_averages();
    if (results.empty()) return;  // Interrupted: it runs again after resuming.
  }
  position_.validated_step = position_.step;
  saved_step_ = -1;  // A checkpoint of this step, taken while the validation was interrupted, lacks its score.
  Results train = epoch_means_.read();
  if (experiment_.stage()) train = of_first(group_, train);  // Those with earlier layers saw no answers.
  epoch_means_.reset();

  nlohmann::ordered_json record = {{"event", "validation"}, {"step", position_.step}, {"epoch", position_.epoch}};
  for (const auto& [name, value] : train) record["train/" + name] = value;
  for (const auto& [name, value] : results) record["val/" + name] = value;
  if (ignored > 0) record["ignored"] = ignored;
  record["seconds"] = console_.seconds();
  if (const auto joules = console_.joules()) record["energy_joules"] = *joules;
  if (ignored > 0 && !std::exchange(told_ignored_, true))
    console_.say(
        fmt::format("  the loss ignores {} targets of the validation: they count in no number of it", ignored));
  select(train, results);
  journal_.tell(record);
  tell_validation_fault(fault);
  CurvePoint point{position_.step, {}, {}, setting().lr / recipe_.optimizer->lr};
  for (const auto& [name, value] : train)
    if (name == "loss") point.train_loss = value;
  for (const auto& [name, value] : results)
    if (name == "loss" && std::isfinite(value)) point.val_loss = value;
  diagnostics_.validated(point);
  const bool best = score_ && best_.best() && best_.best()->first == position_.step;
  console_.validated({position_.epoch, position_.step, best}, train, results);
  draw_picture();
  if (first() && on_validated) on_validated(position_.step);
}

ValidationFault Trainer::examine_validation(const Batch& batch) const {
  ValidationFault found;
  found.fault = find_fault(*experiment_.all, batch, [&](RowRange& rows) {
    rows = {0, batch.count};
    forward_held_out(experiment_, batch);
  });
  const std::vector<SampleName> samples = name_samples(*experiment_.splits.val, batch.ids);
  if (!samples.empty())
    for (const int64_t row : found.fault.rows) found.offending.push_back(samples[static_cast<size_t>(row)]);
  return found;
}

// Of several processes the first that met one knows.
void Trainer::tell_validation_fault(const std::optional<ValidationFault>& found) {
  const int64_t teller = first_rank(group_, found.has_value());
  if (teller < 0) return;
  nlohmann::ordered_json record = {{"event", "validation_not_finite"}, {"step", position_.step}};
  std::string text;
  if (found) {
    record["fault"] = found->fault.json();
    record["samples"] = nlohmann::ordered_json::array();
    for (const SampleName& sample : found->offending) record["samples"].push_back(sample.index);
    text = fmt::format("the validation after step {} is not finite. {}", position_.step,
                       experiment_.passes_together()
                           ? "Where it came from is not looked for with hardware.strategy=" + recipe_.hardware.strategy
                       : experiment_.stage()
                           ? "Where it came from is not looked for with hardware.pipeline_parallel_degree"
                           : found->fault.text());
    if (!found->offending.empty())
      text += "\nHeld-out samples that are not finite there: " + sample_names(found->offending) + ".";
  }
  journal_.tell_of(group_, teller, record);
  log_warning(text_of_rank(group_, teller, text) + "\nTraining goes on; this validation counts as no improvement.");
}

// Decides whether this validation is among the best, and whether to stop.
void Trainer::select(const Results& train, const Results& val) {
  const auto find = [&](const std::string& monitor) -> double {
    for (const auto& [name, value] : train)
      if (monitor == "train/" + name) return value;
    for (const auto& [name, value] : val)
      if (monitor == "val/" + name) return value;
    std::string known;
    for (const auto& [name, value] : train) known += (known.empty() ? "" : ", ") + ("train/" + name);
    for (const auto& [name, value] : val) known += ", val/" + name;
    throw UserError(ExitCode::bad_recipe,
                    "checkpoint.monitor: nothing is recorded as \"" + monitor + "\"; there are " + known);
  };
  const std::string& monitor = recipe_.checkpoint.monitor;
  score_.reset();
  if (!monitor.empty()) {
    const double value = find(monitor);
    std::optional<double> loss;
    for (const auto& [name, number] : val)
      if (name == "loss" && std::isfinite(number)) loss = number;
    if (std::isfinite(value)) score_ = Score{monitor, value, loss};
    monitored_.push_back(std::isfinite(value) ? value : std::nan(""));
    best_.offer(position_.step, value, loss);
  }
  if (patience_) {
    const std::string& watched = recipe_.regularization.early_stopping->monitor;
    patience_->offer(find(watched.empty() ? monitor : watched));
    position_.stopped_early = patience_->exhausted();
  }
}

void Trainer::swap_averages() {
  for (const Learner& learner : step_.learners())
    if (learner.average) learner.average->swap();
  if (average_norms_) average_norms_->swap();
}

void Trainer::use_average() {
  swap_averages();
  if (!average_norms_ || measured_step_ == position_.step) return;
  average_norms_->measure();
  measured_step_ = position_.step;
}

void Trainer::measure_average() {
  if (!average_norms_ || measured_step_ == position_.step) return;
  use_average();
  swap_averages();
}

void Trainer::draw_picture() {
  if (!first() || !recipe_.task->draws()) return;
  c10::NoGradGuard no_gradients;
  const std::unique_ptr<Loader> loader = experiment_.plain_loader(val_ ? "val" : "train", 64);
  loader->seek(0);
  use_average();
  experiment_.all->set_training(false);
  const at::Tensor picture = recipe_.task->picture(*experiment_.network, experiment_.place(*loader->next()));
  experiment_.all->set_training(true);
  swap_averages();
  if (!picture.defined()) return;
  char name[64];
  std::snprintf(name, sizeof name, "/pictures/step-%08lld.png", static_cast<long long>(position_.step));
  FileSystem::instance().create_folders(run_folder_ + "/pictures");
  write_png(run_folder_ + name, picture);
  if (on_picture) on_picture(position_.step, run_folder_ + name);
}

}  // namespace dlrun
