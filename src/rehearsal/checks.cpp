// What can be known to be wrong with a recipe before it trains, beyond its keys.

#include "rehearsal/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/units.h"
#include "data/whole_batches.h"
#include "models/shape_error.h"
#include "nn/parametrization.h"
#include "rehearsal/export_check.h"
#include "rehearsal/overlap_check.h"
#include "rehearsal/rehearsal.h"
#include "rehearsal/stage.h"
#include "step/step.h"
#include "step/trained_parameters.h"
#include "tasks/plays.h"

namespace dlrun {
namespace {

// Runs `step` and keeps its problem; others can still be found.
class Problems {
 public:
  explicit Problems(const Origins& origins) : origins_(origins) {}

  template <class Step>
  bool run(const Step& step) {
    try {
      step();
      return true;
    } catch (const UserError& error) {
      if (texts_.empty()) code_ = error.code();
      texts_.push_back(with_place(error.what(), origins_));
      return false;
    }
  }

  bool none() const { return texts_.empty(); }
  void throw_any() const {
    if (texts_.empty()) return;
    if (texts_.size() == 1) throw UserError(code_, texts_.front());
    throw UserError(code_, join(texts_, "\n"));
  }

 private:
  const Origins& origins_;
  ExitCode code_ = ExitCode::bad_recipe;
  std::vector<std::string> texts_;
};

Check read_samples(const Experiment& experiment) {
  std::string detail;
  for (const char* split : {"train", "val", "test"}) {
    const std::shared_ptr<Split>& samples = experiment.samples(split);
    if (!samples) continue;
    for (const int64_t end : {int64_t{0}, samples->size() - 1}) samples->gather(std::span(&end, 1));
    detail += fmt::format("{}{} {}", detail.empty() ? "" : ", ", count_text(samples->size()), split);
  }
  return {"data", detail + "; the first and the last of each were read"};
}

[[noreturn]] void refuse(const RehearsalError& error) {
  if (error.module == outside_of_modules)
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("loss: {} does not take {}: {}", error.op, error.shapes, error.why));
  const std::string layer = error.module.empty() ? "the network itself" : "layer '" + error.module + "'";
  throw UserError(ExitCode::bad_recipe,
                  fmt::format("architecture: {} ({}) does not take {}: {}", layer, error.op, error.shapes, error.why));
}

// One training step; nothing where that takes values nobody has.
std::optional<Rehearsal> rehearse_step(Stage& stage) {
  std::optional<Rehearsal> rehearsal;
  try {
    stage.run([&](const Experiment& experiment) {
      rehearsal = rehearse(experiment, {.batch_size = experiment.recipe.trainer.batch_size});
    });
  } catch (const RehearsalError& error) {
    refuse(error);
  } catch (const NoSuchTensor& error) {
    const Recipe& recipe = stage.experiment().recipe;
    throw UserError(
        ExitCode::bad_recipe,
        fmt::format("architecture: {} and the task {} need '{}' of every batch, and data of the type {} give "
                    "none",
                    recipe.architecture.type, recipe.task.type, error.name, recipe.data.type));
  } catch (const NeedsValues& error) {
    log_warning(std::string("shapes were not checked beyond ") + error.what());
  }
  return rehearsal;
}

// The sizes in which samples of a batch go through the network, in every process that shares it.
std::vector<int64_t> sizes_together(const Recipe& recipe, int64_t batch) {
  const int64_t processes = recipe.hardware.sharers();
  std::vector<int64_t> sizes;
  for (int64_t rank = 0; rank < processes; ++rank) {
    const int64_t share = (rank + 1) * batch / processes - rank * batch / processes;
    for (const int64_t size : part_sizes(share, recipe.trainer.part_size(processes))) sizes.push_back(size);
  }
  return sizes;
}

// Why some sample of an epoch goes through the network alone, with the key that decides it; nothing where none does, or
// all do: then the whole batch was rehearsed like that.
std::optional<std::string> sample_alone(const Experiment& experiment) {
  const Recipe& recipe = experiment.recipe;
  const auto alone = [](const std::vector<int64_t>& sizes) {
    return std::find(sizes.begin(), sizes.end(), 1) != sizes.end();
  };
  std::vector<int64_t> batches = experiment.batch_sizes();
  const int64_t steps = recipe.trainer.max_steps.value_or(static_cast<int64_t>(batches.size()));
  batches.resize(std::min(batches.size(), static_cast<size_t>(steps)));
  std::sort(batches.begin(), batches.end(), std::greater<>());
  batches.erase(std::unique(batches.begin(), batches.end()), batches.end());
  for (const int64_t batch : batches) {
    const std::vector<int64_t> sizes = sizes_together(recipe, batch);
    if (!alone(sizes)) continue;
    if (sizes.size() == 1) return "trainer.drop_last: the last batch of an epoch has one sample";
    const char* key = recipe.trainer.gradient_accumulation_steps ? "trainer.gradient_accumulation_steps"
                      : recipe.trainer.micro_batch_size          ? "trainer.micro_batch_size"
                                                                 : "hardware.devices";
    return fmt::format(
        "{}: a batch of {} samples goes through the network in parts of {}, and one of them has one "
        "sample",
        key, batch, *std::max_element(sizes.begin(), sizes.end()));
  }
  return {};
}

// Norms over a batch may not take one sample alone.
void rehearse_alone(Stage& stage) {
  const Experiment& experiment = stage.experiment();
  if (dynamic_cast<const Plays*>(experiment.recipe.task.value.get())) return;
  if (makes_whole_batches(*experiment.recipe.sampler)) return;
  const std::optional<std::string> why = sample_alone(experiment);
  if (!why) return;
  try {
    stage.run([](const Experiment& staged) { rehearse(staged, {.batch_size = 1}); });
  } catch (const UserError& error) {
    const std::string what = error.what();
    throw UserError(ExitCode::bad_recipe,
                    *why + ": " + what.substr(what.find(": ") == std::string::npos ? 0 : what.find(": ") + 2));
  } catch (const RehearsalError& error) {
    refuse(error);
  } catch (const NeedsValues&) {  // Told when the whole batch was rehearsed.
  }
}

// A training that cannot fit is likely meant for another machine: told, not refused.
void tell_large(const Rehearsal& rehearsal) {
  const double needed = static_cast<double>(rehearsal.cost.tensors), there = static_cast<double>(machine_memory());
  if (needed > there)
    log_warning(fmt::format("a training step takes {} of memory, this machine has {}",
                            bytes_text(static_cast<uint64_t>(needed)), bytes_text(static_cast<uint64_t>(there))));
}

// What schedule and unfreezing hold for later than the training's end.
void tell_unreached(const Experiment& experiment) {
  const Recipe& recipe = experiment.recipe;
  const TrainingSpan span = recipe.trainer.span(experiment.feed()->steps());
  for (const std::string& sentence : recipe.lr_scheduler->unreached(span)) log_warning(sentence);
  for (size_t i = 0; i < recipe.trainer.unfreeze.size(); ++i)
    if (const int64_t begins = begins_at(recipe.trainer.unfreeze[i], span); begins >= span.total_steps)
      log_warning(
          fmt::format("trainer.unfreeze.{}: it begins after step {}, and the training has {}: what it names is "
                      "never trained",
                      i, begins, span.total_steps));
}

Check network_check(const Experiment& experiment, const Rehearsal& rehearsal) {
  int64_t operators = 0, parameters = 0;
  for (const ModuleCost& module : rehearsal.modules) {
    parameters += module.parameters;
    operators += !module.op.empty();
  }
  for (const std::string& name : rehearsal.unused) log_warning(name + " is never used: nothing will train it");
  const std::vector<int64_t>& output = rehearsal.modules.front().shape;
  std::vector<std::string> sizes;
  for (const int64_t size : output) sizes.push_back(size < 0 ? "N" : std::to_string(size));
  return {"network", fmt::format("{} parameters, {} layers, output [{}] for {} samples", count_text(parameters),
                                 operators, join(sizes, ", "), rehearsal.cost.batch_size)};
}

// Runs what may read values, which then ends it: nothing says that it would fail.
void without_values(const std::function<void()>& work) {
  try {
    rehearse_work(work);
  } catch (const RehearsalError& error) {
    if (!error.needs_values) throw;
  }
}

// What validation will record, and training before it.
struct Recorded {
  std::vector<std::string> names;
  std::vector<std::string> metrics;
};

// Evaluates some samples without values.
Recorded rehearse_evaluation(const Experiment& experiment) {
  const Recipe& recipe = experiment.recipe;
  const Batch batch = sample_batch(experiment, std::min<int64_t>(*recipe.trainer.eval_batch_size, 64));
  experiment.all->set_training(false);
  const c10::NoGradGuard no_gradients;
  const size_t players = recipe.task->players(*experiment.all).size();
  std::vector<Outcome> trained;
  Outcome evaluated;
  without_values([&] {
    for (size_t player = 0; player < players; ++player) trained.push_back(forward_turn(experiment, batch, player));
    evaluated = forward_held_out(experiment, batch);
  });
  Recorded recorded;
  if (players == 1) recorded.names.push_back("train/loss");
  for (const Outcome& outcome : trained)
    for (const auto& [name, value] : outcome.parts) recorded.names.push_back("train/" + name);
  const bool held_out = recipe.task->evaluates() && experiment.splits.val;
  if (held_out) recorded.names.push_back("val/loss");
  if (held_out)
    for (const auto& [name, value] : recipe.task->derived(0.0)) recorded.names.push_back("val/" + name);
  if (held_out)
    for (const auto& [name, value] : evaluated.parts) recorded.names.push_back("val/" + name);
  if (!evaluated.comparable()) {
    if (recipe.metrics.size() == 0) return recorded;
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("metrics.0: {} does not suit the task {}, which gives no predictions to compare",
                                recipe.metrics.values.front().type, recipe.task.type));
  }
  require_suitable(recipe.metrics, evaluated.answer, evaluated.truth);
  for (size_t k = 0; k < recipe.metrics.size(); ++k) {
    const std::string& name = recipe.metrics.values[k].type;
    try {
      without_values([&] { recipe.metrics[k].measure(evaluated.answer, evaluated.truth); });
    } catch (const RehearsalError& error) {
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("metrics.{}: {} does not take predictions {} with targets {}: {}", k, name,
                                  shape_text(evaluated.answer.items().front().value.sizes().vec()),
                                  shape_text(evaluated.truth["target"].sizes().vec()), error.why));
    }
    recorded.metrics.push_back(name);
    const bool trained_too = recipe.logging.train_metrics && recipe.metrics[k].merge() == Metric::Merge::add;
    for (const std::string& number : recipe.metrics[k].names()) {
      if (trained_too) recorded.names.push_back("train/" + number);
      if (held_out) recorded.names.push_back("val/" + number);
    }
  }
  return recorded;
}

void check_monitor(const std::string& key, const std::string& monitor, const Recorded& recorded) {
  if (monitor.empty() || std::find(recorded.names.begin(), recorded.names.end(), monitor) != recorded.names.end())
    return;
  std::string message =
      fmt::format("{}: nothing is recorded as \"{}\"; there are {}", key, monitor, join(recorded.names, ", "));
  if (monitor.starts_with("val/") && recorded.names.size() > 0 &&
      std::none_of(recorded.names.begin(), recorded.names.end(),
                   [](const std::string& name) { return name.starts_with("val/"); }))
    message += ". There is no validation split: give data.val, or monitor a number of the training";
  throw UserError(ExitCode::bad_recipe, message);
}

Check export_check(Stage& stage) {
  const AnyChoice& exporter = stage.experiment().recipe.exporter;
  const auto* asked = dynamic_cast<const ExportCheck*>(exporter.value.get());
  std::string detail;
  try {
    if (asked)
      stage.run([&](const Experiment& experiment) {
        const PlainParameters plain(*experiment.all);
        detail = asked->check_export(experiment);
      });
  } catch (const NeedsValues& error) {
    log_warning(std::string("the export was not checked: ") + error.what());
    return {"export", exporter.type + " is in the catalog"};
  }
  return {"export", detail.empty() ? exporter.type : exporter.type + ": " + detail};
}

// The data, the network, the loss, and what is measured and watched.
std::vector<Check> check_stage(Stage& stage, Problems& problems, TrainingCheck& found) {
  const Recipe& recipe = stage.experiment().recipe;
  std::vector<Check> checks;
  problems.run([&] { checks.push_back(read_samples(stage.experiment())); });
  if (problems.run([&] { found.contents = refuse_overlap(stage.experiment()); }))
    checks.push_back({"overlap", recipe.data_check.allows("exact_overlap") ? "allowed" : "no sample is in two splits"});
  std::optional<Rehearsal> rehearsal;
  if (!problems.run([&] { rehearsal = rehearse_step(stage); }) || !rehearsal) return checks;
  checks.push_back(network_check(stage.experiment(), *rehearsal));
  const StepCost& cost = rehearsal->cost;
  found.operations = static_cast<double>(cost.forward + cost.backward) / static_cast<double>(cost.batch_size);
  tell_large(*rehearsal);
  problems.run([&] { rehearse_alone(stage); });
  checks.push_back({"loss", recipe.loss.type + " and its gradients"});
  checks.push_back({"optimizer", fmt::format("{}, {} and the groups of the parameters", recipe.optimizer.type,
                                             recipe.lr_scheduler.type)});
  tell_unreached(stage.experiment());
  Recorded recorded;
  if (!problems.run([&] { recorded = rehearse_evaluation(stage.experiment()); })) return checks;
  if (!recorded.metrics.empty()) checks.push_back({"metrics", join(recorded.metrics, ", ")});
  const std::string& monitor = recipe.checkpoint.monitor;
  problems.run([&] { check_monitor("checkpoint.monitor", monitor, recorded); });
  if (recipe.lr_scheduler->follows_validations() && monitor.empty())
    problems.run([&] {
      throw UserError(
          ExitCode::bad_recipe,
          fmt::format("lr_scheduler: {} follows what checkpoint.monitor names, and nothing is monitored; give "
                      "it one of {}",
                      recipe.lr_scheduler.type, join(recorded.names, ", ")));
    });
  if (recipe.regularization.early_stopping)
    problems.run([&] {
      const std::string& watched = recipe.regularization.early_stopping->monitor;
      if (watched.empty() && monitor.empty())
        throw UserError(ExitCode::bad_recipe,
                        "regularization.early_stopping: nothing is monitored that could stop it; give monitor one of " +
                            join(recorded.names, ", "));
      check_monitor("regularization.early_stopping.monitor", watched, recorded);
    });
  if (!monitor.empty()) checks.push_back({"monitor", monitor});
  return checks;
}

}  // namespace

std::string with_place(const std::string& message, const Origins& origins) {
  const size_t colon = message.find(": ");
  if (colon == std::string::npos) return message;
  const std::string path = message.substr(0, colon);
  for (const char letter : path)
    if (!(letter == '.' || letter == '_' || (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9')))
      return message;
  const Origin origin = origins.find(path);
  if (origin.source == Origin::Source::default_value) return message;
  return origin.str() + ": " + message;
}

TrainingCheck check_training(Stage& stage, const Origins& origins) {
  Problems problems(origins);
  TrainingCheck found;
  check_stage(stage, problems, found);
  problems.throw_any();
  return found;
}

std::vector<Check> check(Recipe& recipe, const Origins& origins) {
  Problems problems(origins);
  std::optional<Stage> stage;
  problems.run([&] { stage.emplace(recipe, BuildOptions{.keep_rows = true}); });
  problems.throw_any();
  TrainingCheck found;
  std::vector<Check> checks = check_stage(*stage, problems, found);
  std::optional<Check> exported;
  if (problems.none()) problems.run([&] { exported = export_check(*stage); });
  problems.throw_any();
  if (exported) checks.push_back(*exported);
  return checks;
}

}  // namespace dlrun
