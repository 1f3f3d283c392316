// A rehearsal: one training step without values.

#include "experiment/rehearsal.h"

#include <map>
#include <set>

#include "experiment/trained_parameters.h"
#include "models/shape_error.h"
#include "optim/flat_parameters.h"
#include "tensor/meta.h"
#include "tensor/mixed.h"
#include "tensor/operations.h"
#include "tensor/scope.h"

namespace dlrun {
namespace {

constexpr int64_t prefetched = 4;  // LoaderOptions::prefetch, which recipes do not change
constexpr int64_t own = 16 << 20;  // what oneDNN and MKL take when they first compute: code, buffers (measured)
constexpr int64_t own_of_convolutions = 24 << 20;  // and for kernels of convolutions beside that

const std::string held = "(held)";  // what the step begins with: weights, gradients, optimizer state, the batch

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

// The modules of a network, and what the calls of a step add to them.
class Modules {
 public:
  Modules(const Network& network, int64_t rows) : rows_(rows) {
    for (const auto& [path, module] : network.modules()) add(path);
    add(outside_of_modules);
    for (const NamedTensor& parameter : network.parameters()) {
      const size_t dot = parameter.name.rfind('.');
      ModuleCost& owner = at(dot == std::string::npos ? "" : parameter.name.substr(0, dot));
      owner.parameters += parameter.tensor->numel();
      if (parameter.tensor->requires_grad()) owner.trainable += parameter.tensor->numel();
    }
  }

  void see(const TappedCall& call) {
    const auto found = index_.find(call.module);
    ModuleCost& module = costs_[found == index_.end() ? index_.at("") : found->second];
    const int64_t count = operations(call);
    if (call.backward) {
      module.backward += count;
      return;
    }
    module.forward += count;
    const std::vector<at::Tensor> outputs = call.outputs();
    if (outputs.empty() || !outputs[0].defined()) return;
    const std::vector<at::Tensor> inputs = call.inputs();
    const bool moves = !inputs.empty() && outputs[0].is_alias_of(inputs[0]) && !outputs[0].is_same(inputs[0]);
    // The main operator has the most operations, or else gives the most numbers.
    const std::pair<int64_t, int64_t> size = {count, outputs[0].numel()};
    std::pair<int64_t, int64_t>& most = most_[module.path];
    if (!moves && (module.op.empty() || size > most)) {
      module.op = bare(call.name());
      most = size;
    }
    note_shape(module.path, outputs[0]);
  }

  void keep(const std::map<std::string, int64_t>& bytes) {
    for (const auto& [path, count] : bytes)
      if (path != held) at(path).kept = std::max(at(path).kept, count);
  }

  std::vector<ModuleCost> take() { return std::move(costs_); }
  std::vector<ModuleCost>& costs() { return costs_; }

 private:
  void add(const std::string& path) {
    index_[path] = costs_.size();
    costs_.push_back({path, "", {}});
  }

  ModuleCost& at(const std::string& path) {
    const auto found = index_.find(path);
    return costs_[found == index_.end() ? index_.at("") : found->second];
  }

  // What a module gives is what was made last in it or in a module inside.
  void note_shape(const std::string& path, const at::Tensor& output) {
    std::vector<int64_t> shape = output.sizes().vec();
    if (!shape.empty() && shape[0] == rows_) shape[0] = -1;
    for (std::string part = path;; part = part.substr(0, part.rfind('.'))) {
      at(part).shape = shape;
      if (part.find('.') == std::string::npos) break;
    }
    if (path != outside_of_modules) at("").shape = shape;
  }

  int64_t rows_;
  std::vector<ModuleCost> costs_;
  std::map<std::string, size_t> index_;
  std::map<std::string, std::pair<int64_t, int64_t>> most_;
};

struct Learner {
  std::unique_ptr<FlatParameters> parameters;
};

std::vector<Learner> learners_of(const Experiment& experiment) {
  std::vector<Learner> learners;
  std::vector<at::Tensor> initial;  // The weights as they were built: the flat ones are made beside them.
  for (const NamedTensor& parameter : experiment.network->parameters())
    initial.push_back(at::empty(parameter.tensor->sizes(), parameter.tensor->options().device(at::kMeta)));
  for (std::vector<ParameterSlot>& slots : trained_parameters(experiment.recipe, *experiment.network))
    learners.push_back(
        {std::make_unique<FlatParameters>(std::move(slots), *experiment.recipe.optimizer, experiment.channels_last)});
  return learners;
}

void count_storage(const Experiment& experiment, const std::vector<Learner>& learners, StepCost& cost) {
  std::set<const void*> seen;
  std::vector<NamedTensor> tensors = experiment.network->parameters();
  for (const NamedTensor& buffer : experiment.network->buffers()) tensors.push_back(buffer);
  for (const NamedTensor& entry : tensors)
    if (seen.insert(entry.tensor->unsafeGetTensorImpl()).second)
      cost.weights += static_cast<int64_t>(entry.tensor->nbytes());
  for (const Learner& learner : learners) cost.gradients += learner.parameters->count() * 4;
  cost.optimizer = cost.gradients * static_cast<int64_t>(experiment.recipe.optimizer->state_names().size());
  if (experiment.recipe.regularization.ema) cost.averages = cost.gradients;
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
  Modules modules(network, rows);
  std::vector<at::Tensor*> trainable;
  for (const NamedTensor& parameter : network.parameters())
    if (parameter.tensor->requires_grad()) trainable.push_back(parameter.tensor);

  Rehearsal rehearsal;
  StepCost& cost = rehearsal.cost;
  cost.batch_size = options.batch_size;
  cost.computed = options.mixed.value_or(at::kFloat);
  const MetaMemory memory;
  const Scope scope(held);
  const std::vector<Learner> learners = learners_of(experiment);
  count_storage(experiment, learners, cost);
  const Batch batch = sample_batch(experiment, rows);
  cost.batches = bytes_of(batch) * parts * (recipe.hardware.loader_threads > 0 ? prefetched + 2 : 1);
  std::set<const void*> untouched;
  for (const NamedTensor& parameter : network.parameters()) untouched.insert(parameter.tensor->unsafeGetTensorImpl());
  const int64_t before = memory.live();

  bool convolves = false;
  const auto see = [&](const TappedCall& call) {
    modules.see(call);
    convolves = convolves || call.name().starts_with("aten::conv");
    if (!call.backward)
      for (const at::Tensor& input : call.inputs()) untouched.erase(input.unsafeGetTensorImpl());
    if (options.reader) options.reader(call);
  };
  network.set_training(true);
  const auto take_turn = [&](size_t player, const TapReader& reader) {
    for (size_t i = 0; i < learners.size(); ++i) learners[i].parameters->set_learning(i == player);
    MixedPrecision mixed(cost.computed);
    memory.restart_peak();
    const auto step = [&] {
      const Scope task(outside_of_modules);
      const Outcome outcome = recipe.task->step(network, *recipe.loss, batch, player);
      cost.activations = std::max(cost.activations, memory.live() - before);
      modules.keep(memory.live_by_module());
      outcome.loss.backward();
    };
    rehearse_work(step, reader, options.mixed ? &mixed : nullptr);
    cost.working = std::max(cost.working, memory.peak() - before);
  };
  for (int64_t repeat = 0; repeat < options.repeat; ++repeat)
    for (size_t player = 0; player < learners.size(); ++player)
      take_turn(player, repeat == 0 ? TapReader(see) : nullptr);
  for (at::Tensor* tensor : trainable) tensor->set_requires_grad(true);

  cost.footprint =
      memory.footprint() + cost.weights - cost.gradients + cost.averages + own + (convolves ? own_of_convolutions : 0);
  if (!options.mixed)  // There operators take converted copies.
    for (const NamedTensor& parameter : network.parameters())
      if (untouched.contains(parameter.tensor->unsafeGetTensorImpl())) rehearsal.unused.push_back(parameter.name);
  for (ModuleCost& module : modules.costs()) {
    module.forward *= parts;
    module.backward *= parts;
    cost.forward += module.forward;
    cost.backward += module.backward;
  }
  rehearsal.modules = modules.take();
  return rehearsal;
}

}  // namespace dlrun
