// A rehearsal: one training step without values.

#include "rehearsal/rehearsal.h"

#include <torch/csrc/autograd/function.h>

#include <set>

#include "models/shape_error.h"
#include "optim/flat_parameters.h"
#include "rehearsal/module_costs.h"
#include "step/trained_parameters.h"
#include "tensor/memory_count.h"
#include "tensor/meta.h"
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
  for (const auto& [name, tensor] : batch.items()) bytes += static_cast<int64_t>(tensor.nbytes());
  return bytes;
}

using Learners = std::vector<std::unique_ptr<FlatParameters>>;

// `frozen` gets the weights that stay as they were built.
Learners learners_of(const Experiment& experiment, std::vector<at::Tensor>& frozen) {
  std::vector<std::vector<ParameterSlot>> trained = trained_parameters(experiment.recipe, *experiment.network);
  std::set<const at::Tensor*> replaced;
  for (const std::vector<ParameterSlot>& slots : trained)
    for (const ParameterSlot& slot : slots) replaced.insert(slot.tensor);
  Learners learners;
  std::vector<at::Tensor> initial;  // The weights as they were built: the flat ones are made beside them.
  for (const NamedTensor& parameter : experiment.network->parameters())
    (replaced.contains(parameter.tensor) ? initial : frozen)
        .push_back(at::empty(parameter.tensor->sizes(), parameter.tensor->options().requires_grad(false)));
  for (std::vector<ParameterSlot>& slots : trained)
    learners.push_back(
        std::make_unique<FlatParameters>(std::move(slots), *experiment.recipe.optimizer, experiment.channels_last));
  return learners;
}

void count_storage(const Experiment& experiment, const Learners& learners, StepCost& cost) {
  std::set<const void*> seen;
  std::vector<NamedTensor> tensors = experiment.network->parameters();
  for (const NamedTensor& buffer : experiment.network->buffers()) tensors.push_back(buffer);
  for (const NamedTensor& entry : tensors)
    if (seen.insert(entry.tensor->unsafeGetTensorImpl()).second)
      cost.weights += static_cast<int64_t>(entry.tensor->nbytes());
  for (const auto& parameters : learners) cost.gradients += parameters->count() * 4;
  cost.optimizer = cost.gradients * static_cast<int64_t>(experiment.recipe.optimizer->state_names().size());
  if (experiment.recipe.regularization.ema) cost.averages = cost.gradients;
}

// Of copies of the buffers and of a random stream, as the trainer makes them before every turn.
int64_t bytes_to_start_again(const Network& network) {
  auto bytes = static_cast<int64_t>(at::globalContext().defaultGenerator(at::kCPU).get_state().nbytes());
  for (const NamedTensor& buffer : network.buffers()) bytes += static_cast<int64_t>(buffer.tensor->nbytes());
  return bytes;
}

// Gradients that meet are added by autograd itself: in place where nobody else holds the first one, but never on
// `meta`.
bool meeting_gradients(const c10::OperatorHandle& op, std::span<c10::IValue> arguments) {
  if (c10::GradMode::is_enabled() || torch::autograd::get_current_node() || op.schema().name() != "aten::add")
    return false;
  if (!arguments[0].isTensor() || !arguments[0].toTensor().is_meta()) return false;
  const at::Tensor& first = arguments[0].toTensor();
  // Held by autograd and by this call.
  return first.use_count() <= 2 && first.storage().use_count() == 1;
}

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
  const auto prepare = [&](const c10::OperatorHandle& op, std::span<c10::IValue> arguments) {
    if (meeting_gradients(op, arguments)) MemoryCount::forget(arguments[0].toTensor());
    all_on_meta(op, arguments);
    if (mixed) mixed->prepare(op, arguments);
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
  Network& network = *experiment.network;
  const Recipe& recipe = experiment.recipe;
  const int64_t parts = recipe.trainer.parts();
  const int64_t rows = std::max<int64_t>(1, options.batch_size / parts);
  ModuleCosts modules(network, rows);
  std::vector<at::Tensor*> trainable;
  std::set<const void*> untouched;
  for (const NamedTensor& parameter : network.parameters())
    if (parameter.tensor->requires_grad()) trainable.push_back(parameter.tensor);

  Rehearsal rehearsal;
  StepCost& cost = rehearsal.cost;
  cost.batch_size = options.batch_size;
  cost.computed = options.mixed.value_or(at::kFloat);
  const LoadingCost loading = loading_cost(experiment, options.batch_size);
  cost.batches = loading.ready + loading.preparing;
  const MemoryCount memory;
  const Scope scope(held_by_step);
  std::vector<at::Tensor> frozen;
  const Learners learners = learners_of(experiment, frozen);
  count_storage(experiment, learners, cost);
  const Batch batch = sample_batch(experiment, rows);
  for (const NamedTensor& parameter : network.parameters()) untouched.insert(parameter.tensor->unsafeGetTensorImpl());
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
  network.set_training(true);
  const auto take_turn = [&](size_t player, const TapReader& reader) {
    for (size_t i = 0; i < learners.size(); ++i) learners[i]->set_learning(i == player);
    MixedPrecision mixed(cost.computed);
    memory.restart_peak();
    Outcome outcome;
    const auto step = [&] {
      const Scope task(outside_of_modules);
      outcome = recipe.task->step(network, *recipe.loss, batch, player);
      cost.activations = std::max(cost.activations, memory.live() - before);
      modules.keep(memory.live_by_module());
      outcome.loss.backward();
    };
    const auto update = [&] {
      learners[player]->add_penalty(recipe.regularization.l1, recipe.regularization.l2);
      learners[player]->step(recipe.optimizer->lr);
    };
    rehearse_work(step, reader, options.mixed ? &mixed : nullptr);
    rehearse_work(update);
    cost.working = std::max(cost.working, memory.peak() - before);
  };
  for (int64_t repeat = 0; repeat < options.repeat; ++repeat)
    for (size_t player = 0; player < learners.size(); ++player)
      take_turn(player, repeat == 0 ? TapReader(see) : nullptr);
  for (at::Tensor* tensor : trainable) tensor->set_requires_grad(true);

  // Beside what was counted: buffers, the averages, other parts of the batch, and what a turn keeps to be run once
  // more.
  int64_t beside = cost.weights - cost.gradients + cost.averages + bytes_of(batch) * (parts - 1);
  for (const at::Tensor& tensor : frozen) beside -= static_cast<int64_t>(tensor.nbytes());
  beside += static_cast<int64_t>(learners.size()) * bytes_to_start_again(network);
  cost.tensors = before + cost.working + beside;
  cost.footprint = memory.footprint() + beside;
  cost.own = own_of_libtorch + (convolves ? own_of_convolutions : 0) + (attends ? own_of_attention : 0);
  if (!options.mixed)  // There operators take converted copies.
    for (const NamedTensor& parameter : network.parameters())
      if (untouched.contains(parameter.tensor->unsafeGetTensorImpl())) rehearsal.unused.push_back(parameter.name);
  rehearsal.modules = modules.take(parts);
  for (const ModuleCost& module : rehearsal.modules) {
    cost.forward += module.forward;
    cost.backward += module.backward;
  }
  return rehearsal;
}

std::vector<ModuleCost> watch(const Experiment& experiment) {
  const std::unique_ptr<Loader> loader = experiment.plain_loader("train", 2);
  loader->seek(0);
  const Batch batch = experiment.place(*loader->next());
  ModuleCosts modules(*experiment.network, batch.count);
  at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
  const at::Tensor random_state = generator.get_state();
  experiment.network->set_training(false);  // so that buffers stay as they are
  const auto step = [&] {
    const c10::NoGradGuard no_gradients;
    const Scope scope(outside_of_modules);
    const Task& task = *experiment.recipe.task;
    for (size_t player = 0; player < task.players(*experiment.network).size(); ++player)
      task.step(*experiment.network, *experiment.recipe.loss, batch, player);
  };
  tap(step, [&](const TappedCall& call) { modules.see(call); });
  experiment.network->set_training(true);
  generator.set_state(random_state);
  return modules.take(1);
}

int64_t StepCost::peak(const ProcessMemory& before) const {
  const int64_t grown = std::max<int64_t>(0, footprint - before.free);
  return std::max(before.peak, before.resident + grown + batches + own);
}

}  // namespace dlrun
