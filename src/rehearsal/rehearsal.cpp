// A rehearsal: one training step without values.

#include "rehearsal/rehearsal.h"

#include <ATen/core/function_schema.h>
#include <torch/csrc/autograd/function.h>

#include <set>

#include "models/shape_error.h"
#include "rehearsal/module_costs.h"
#include "step/step.h"
#include "step/trained_parameters.h"
#include "tasks/plays.h"
#include "tensor/memory_count.h"
#include "tensor/meta.h"
#include "tensor/random_streams.h"
#include "tensor/scope.h"

namespace dlrun {
namespace {

// What libtorch takes for itself when it first computes: pages of its code, buffers of oneDNN and MKL, and where it
// convolves or attends, kernels and buffers for that (measured, docs/describe.md).
constexpr int64_t own_of_libtorch = 16 << 20;
constexpr int64_t own_of_convolutions = 24 << 20;
constexpr int64_t own_of_attention = 10 << 20;

std::string bare(const std::string& op) { return op.substr(op.find("::") + 2); }

std::string first_line(const std::exception& error) {
  const auto* known = dynamic_cast<const c10::Error*>(&error);
  const std::string text = known ? known->what_without_backtrace() : error.what();
  return text.substr(0, text.find('\n'));
}

std::string shapes_of(const TappedCall& call) {
  std::string text;
  for (const at::Tensor& tensor : call.inputs()) text += (text.empty() ? "" : ", ") + shape_text(tensor.sizes().vec());
  return text;
}

int64_t bytes_of(const Batch& batch) {
  int64_t bytes = 0;
  for (const Batch::Item& item : batch.items()) bytes += static_cast<int64_t>(item.value.nbytes());
  return bytes;
}

// What the step takes over is made beside the weights as they were built; `frozen` gets those that stay.
Step step_of(const Experiment& experiment, std::vector<at::Tensor>& frozen) {
  std::set<const at::Tensor*> replaced;
  for (const std::vector<NamedTensor>& slots : trained_parameters(experiment.recipe, *experiment.all))
    for (const NamedTensor& slot : slots) replaced.insert(slot.tensor);
  std::vector<at::Tensor> initial;
  for (const NamedTensor& parameter : experiment.all->parameters())
    (replaced.contains(parameter.tensor) ? initial : frozen)
        .push_back(at::empty(parameter.tensor->sizes(), parameter.tensor->options().requires_grad(false)));
  return Step(experiment);
}

void count_storage(const Experiment& experiment, const Step& step, StepCost& cost) {
  std::set<const void*> seen;
  std::vector<NamedTensor> tensors = experiment.all->parameters();
  for (const NamedTensor& buffer : experiment.all->buffers()) tensors.push_back(buffer);
  for (const NamedTensor& entry : tensors)
    if (seen.insert(entry.tensor->unsafeGetTensorImpl()).second)
      cost.weights += static_cast<int64_t>(entry.tensor->nbytes());
  for (const Learner& learner : step.learners()) {
    cost.gradients += learner.parameters->count() * 4;
    cost.optimizer += learner.parameters->kept() * 4;
  }
  const Regularization& regularization = experiment.recipe.regularization;
  if (regularization.ema || regularization.swa) cost.averages = cost.gradients;
}

// Of copies of the buffers, as the trainer makes them before every turn.
int64_t bytes_to_start_again(const Module& all) {
  int64_t bytes = 0;
  for (const NamedTensor& buffer : all.buffers()) bytes += static_cast<int64_t>(buffer.tensor->nbytes());
  return bytes;
}

// What the training's batches are drawn from, where the task remembers that itself.
int64_t bytes_played(const Experiment& experiment) {
  if (!dynamic_cast<const Plays*>(experiment.recipe.task.value.get())) return 0;
  int64_t bytes = 0;
  for (const auto& [name, tensor] : experiment.feed()->state()) bytes += static_cast<int64_t>(tensor.nbytes());
  return bytes;
}

// Gradients that meet are added by autograd itself: in place where nobody else holds the first one, but never on
// `meta`.
bool meeting_gradients(const c10::FunctionSchema& schema, std::span<c10::IValue> arguments) {
  if (c10::GradMode::is_enabled() || torch::autograd::get_current_node() || schema.name() != "aten::add") return false;
  if (!arguments[0].isTensor() || !arguments[0].toTensor().is_meta()) return false;
  const at::Tensor& first = arguments[0].toTensor();
  // Held by autograd and by this call.
  return first.use_count() <= 2 && first.storage().use_count() == 1;
}

// Networks compute in float, or are converted by others, as long as it lives.
class AskedPrecision {
 public:
  AskedPrecision(Module& all, const Hardware& recipe, bool asked) : all_(all), recipe_(recipe), asked_(asked) {
    if (asked_) set(at::kFloat, Network::Narrow::operators);
  }
  ~AskedPrecision() {
    if (asked_) set(recipe_.computes_in(), Network::Narrow::all);
  }
  AskedPrecision(const AskedPrecision&) = delete;
  AskedPrecision& operator=(const AskedPrecision&) = delete;

 private:
  void set(at::ScalarType type, Network::Narrow narrow) {
    for (const auto& [name, module] : all_.modules())
      if (auto* network = dynamic_cast<Network*>(module)) network->set_precision(type, narrow);
  }

  Module& all_;
  const Hardware& recipe_;
  bool asked_;
};

// Between forward and backward everything that waits for the backward pass is alive.
struct MemoryWatcher final : StepWatcher {
  std::function<void()> look;
  explicit MemoryWatcher(std::function<void()> look) : look(std::move(look)) {}
  void forwarded(const Outcome&) override { look(); }
};

}  // namespace

RehearsalError::RehearsalError(const TappedCall& call, const std::string& reason, bool values)
    : std::runtime_error((call.module.empty() ? "the network" : call.module) + ": " + bare(call.name()) + " of " +
                         shapes_of(call) + ": " + reason),
      module(call.module),
      op(bare(call.name())),
      shapes(shapes_of(call)),
      why(reason),
      needs_values(values) {}

void rehearse_work(const std::function<void()>& work, const TapReader& reader, MixedPrecision* mixed) {
  const auto prepare = [&](const c10::FunctionSchema& schema, std::span<c10::IValue> arguments) {
    if (meeting_gradients(schema, arguments)) MemoryCount::forget(arguments[0].toTensor());
    all_on_meta(schema, arguments);
    if (mixed) mixed->prepare(schema, arguments);
  };
  std::optional<TappedCall> failed;  // the first one: exceptions pass through the operators around it
  const auto fail = [&](const TappedCall& call) {
    if (!failed) failed = call;
  };
  try {
    tap(work, reader ? reader : [](const TappedCall&) {}, {prepare, fail});
  } catch (const c10::NotImplementedError& error) {
    if (!failed) throw;
    throw RehearsalError(*failed, first_line(error), true);
  } catch (const c10::Error& error) {
    if (!failed) throw;
    throw RehearsalError(*failed, first_line(error), false);
  }
}

Rehearsal rehearse(const Experiment& experiment, const RehearsalOptions& options) {
  Module& all = *experiment.all;
  const Recipe& recipe = experiment.recipe;
  const int64_t rows = options.part.value_or(std::max<int64_t>(1, options.batch_size / recipe.trainer.parts()));
  const int64_t parts = options.part ? (options.batch_size + rows - 1) / rows : recipe.trainer.parts();
  ModuleCosts modules(all, rows);
  std::vector<at::Tensor*> trainable;
  std::set<const void*> untouched;
  for (const NamedTensor& parameter : all.parameters())
    if (parameter.tensor->requires_grad()) trainable.push_back(parameter.tensor);

  Rehearsal rehearsal;
  StepCost& cost = rehearsal.cost;
  cost.batch_size = options.batch_size;
  cost.computed = options.mixed.value_or(recipe.hardware.computes_in());
  cost.throughout = recipe.hardware.narrow_throughout() && !options.mixed;
  const AskedPrecision asked(all, recipe.hardware, recipe.hardware.narrow_throughout() && options.mixed);
  const bool narrow = cost.computed != at::kFloat && !cost.throughout;  // operators are converted here
  const int64_t played = bytes_played(experiment);
  const LoadingCost loading = played > 0 ? LoadingCost{} : loading_cost(experiment, options.batch_size);
  cost.batches = loading.ready + loading.preparing;
  const TurnStart start(all, experiment.device);
  const bool learns_again = recipe.optimizer->sam || recipe.optimizer->evaluates();
  const MemoryCount memory;
  const Scope scope(held_by_step);
  std::vector<at::Tensor> frozen;
  Step step = step_of(experiment, frozen);
  count_storage(experiment, step, cost);
  const Batch batch = sample_batch(experiment, rows, true);
  require_divisible(recipe, batch);
  const std::vector<Part> part = {{{0, batch.count}, batch}};
  for (const NamedTensor& parameter : all.parameters()) untouched.insert(parameter.tensor->unsafeGetTensorImpl());
  const int64_t before = memory.live();

  bool convolves = false, attends = false;
  const auto see = [&](const TappedCall& call) {
    modules.see(call);
    convolves = convolves || call.name().starts_with("aten::conv");
    attends = attends || call.name().find("scaled_dot_product") != std::string::npos;
    if (!call.backward)
      for (const at::Tensor& input : call.inputs()) untouched.erase(input.unsafeGetTensorImpl());
    if (options.reader) options.reader(call);
  };
  all.set_training(true);
  const auto take_turn = [&](size_t player, const TapReader& reader) {
    MixedPrecision mixed(cost.computed);
    memory.restart_peak();
    MemoryWatcher watcher([&] {
      cost.activations = std::max(cost.activations, memory.live() - before);
      modules.keep(memory.live_by_module());
    });
    const auto learn = [&] {
      const Scope task(outside_of_modules);
      step.learn(player, part, 0, &watcher);
    };
    rehearse_work(learn, reader, narrow ? &mixed : nullptr);
    const auto update = [&] {
      std::optional<Scope> task;
      if (learns_again) task.emplace(outside_of_modules);
      step.penalise(player);
      step.update(player, {.lr = recipe.optimizer->lr}, {}, {part, 0, start});
    };
    rehearse_work(update, learns_again ? reader : nullptr, learns_again && narrow ? &mixed : nullptr);
    cost.working = std::max(cost.working, memory.peak() - before);
  };
  for (int64_t repeat = 0; repeat < options.repeat; ++repeat)
    for (size_t player = 0; player < step.players(); ++player)
      take_turn(player, repeat == 0 ? TapReader(see) : nullptr);
  for (at::Tensor* tensor : trainable) tensor->set_requires_grad(true);

  // Beside what was counted: buffers, other parts of the batch, what a turn keeps to be run once more, and what was
  // played.
  int64_t beside = cost.weights - cost.gradients + bytes_of(batch) * (parts - 1) + played;
  for (const at::Tensor& tensor : frozen) beside -= static_cast<int64_t>(tensor.nbytes());
  beside += static_cast<int64_t>(step.players()) * bytes_to_start_again(all);
  cost.tensors = before + cost.working + beside;
  cost.footprint = memory.footprint() + beside;
  cost.own = own_of_libtorch + (convolves ? own_of_convolutions : 0) + (attends ? own_of_attention : 0);
  if (cost.computed == at::kFloat)  // There operators take converted copies.
    for (const NamedTensor& parameter : all.parameters())
      if (untouched.contains(parameter.tensor->unsafeGetTensorImpl())) rehearsal.unused.push_back(parameter.name);
  rehearsal.modules = modules.take(parts);
  for (const ModuleCost& module : rehearsal.modules) {
    cost.forward += module.forward;
    cost.backward += module.backward;
  }
  return rehearsal;
}

std::vector<ModuleCost> watch(const Experiment& experiment) {
  const Batch batch = sample_batch(experiment, 2);
  ModuleCosts modules(*experiment.all, batch.count);
  RandomStreams streams(experiment.device);
  const TensorList random_state = streams.take();
  experiment.all->set_training(false);  // so that buffers stay as they are
  const auto step = [&] {
    const c10::NoGradGuard no_gradients;
    const Scope scope(outside_of_modules);
    const size_t players = experiment.recipe.task->players(*experiment.all).size();
    for (size_t player = 0; player < players; ++player) forward_turn(experiment, batch, player);
  };
  tap(step, [&](const TappedCall& call) { modules.see(call); });
  experiment.all->set_training(true);
  streams.restore(random_state);
  return modules.take(1);
}

int64_t StepCost::peak(const ProcessMemory& before) const {
  const int64_t grown = std::max<int64_t>(0, footprint - before.free);
  return std::max(before.peak, before.resident + grown + batches + own);
}

}  // namespace dlrun
