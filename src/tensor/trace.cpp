// A forward pass as values and the steps that make them.

#include "tensor/trace.h"

#include <ATen/core/function_schema.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "tensor/meta.h"

namespace dlrun {
namespace {

[[noreturn]] void fail(const TappedCall& call, const std::string& problem) {
  throw UserError(ExitCode::bad_recipe, "export: " + place_of(call) + ": " + problem);
}

// Memory that an operator filled without a value of its own: others write into it behind the dispatcher's back.
bool is_bare_memory(const TappedCall& call) {
  const std::string name = call.name();
  return name.starts_with("aten::empty") || name.starts_with("aten::new_empty");
}

class Recorder {
 public:
  explicit Recorder(const TraceRequest& request) : request_(request) {
    for (const auto& [name, tensor] : request.inputs) know(tensor, add(TraceValue::Kind::input, name, tensor));
    for (const NamedTensor& slot : request.state)
      if (!known_.contains(slot.tensor->unsafeGetTensorImpl()))
        know(*slot.tensor, add(TraceValue::Kind::parameter, slot.name, *slot.tensor));
  }

  Trace run() {
    const c10::NoGradGuard no_gradients;
    TensorList outputs;
    const auto prepare = [&](const c10::FunctionSchema& schema, std::span<c10::IValue> arguments) {
      given_.assign(arguments.begin(), arguments.end());
      keep_constants_real(arguments);
      all_on_meta(schema, arguments);
    };
    tap([&] { outputs = request_.forward(); }, [&](const TappedCall& call) { see(call); }, {.prepare = prepare});
    for (const auto& [name, tensor] : outputs) {
      const auto found = known_.find(tensor.unsafeGetTensorImpl());
      if (found == known_.end())
        throw UserError(ExitCode::bad_recipe, "export: the output \"" + name + "\" is not made by operators");
      trace_.outputs.emplace_back(name, found->second.value);
    }
    return std::move(trace_);
  }

 private:
  struct Known {
    int value;
    int64_t version;    // of its memory when it was made
    at::Tensor tensor;  // kept alive, so that its address stays its own
  };

  int add(TraceValue::Kind kind, const std::string& name, const at::Tensor& tensor) {
    trace_.values.push_back({kind, name, tensor.sizes().vec(), tensor.scalar_type(), {}});
    return static_cast<int>(trace_.values.size()) - 1;
  }

  // What is made of no tensor at all goes into the graph, so it must have values.
  static void keep_constants_real(std::span<c10::IValue> arguments) {
    for (const c10::IValue& value : arguments)
      if (!tensors_in(value).empty()) return;
    for (c10::IValue& value : arguments)
      if (value.isDevice() && value.toDevice().is_meta()) value = c10::Device(c10::kCPU);
  }

  // The tensors of a call that ran without values in the place of real ones, by those that did run.
  std::unordered_map<const void*, at::Tensor> replaced(const TappedCall& call) const {
    std::unordered_map<const void*, at::Tensor> real;
    for (size_t i = 0; i < given_.size(); ++i) {
      const std::vector<at::Tensor> ran = tensors_in(call.arguments[i]), given = tensors_in(given_[i]);
      for (size_t k = 0; k < ran.size(); ++k)
        if (ran[k].defined() && !ran[k].is_same(given[k])) real.emplace(ran[k].unsafeGetTensorImpl(), given[k]);
    }
    return real;
  }

  static const void* memory_of(const at::Tensor& tensor) {
    return tensor.has_storage() ? tensor.storage().unsafeGetStorageImpl() : nullptr;
  }

  void know(const at::Tensor& tensor, int value) {
    known_.insert_or_assign(tensor.unsafeGetTensorImpl(), Known{value, versions_[memory_of(tensor)], tensor});
  }

  int value_of(const at::Tensor& tensor, const TappedCall& call, bool written) {
    if (!tensor.defined()) return -1;
    const auto found = known_.find(tensor.unsafeGetTensorImpl());
    if (found == known_.end()) {
      if (written) fail(call, "writes into a tensor that was made outside of the network's operators");
      const int value = add(TraceValue::Kind::constant, "", tensor);
      trace_.values[value].tensor = tensor.detach().cpu().contiguous().clone();
      know(tensor, value);
      return value;
    }
    if (found->second.version != versions_[memory_of(tensor)])
      fail(call, "reads a tensor whose memory another operator changed in place through a view of it");
    TraceValue& value = trace_.values[found->second.value];
    // Bare memory counts as filled when it is first read.
    if (value.kind == TraceValue::Kind::constant && !value.tensor.defined() && !written)
      value.tensor = tensor.detach().cpu().contiguous().clone();
    if (written && value.kind == TraceValue::Kind::parameter) fail(call, "changes " + value.name);
    return found->second.value;
  }

  static std::vector<at::Tensor> tensors_in(const c10::IValue& value) {
    if (value.isTensor()) return {value.toTensor()};
    if (value.isTensorList()) return value.toTensorVector();
    std::vector<at::Tensor> tensors;
    if (value.isOptionalTensorList())
      for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
        tensors.push_back(tensor.value_or(at::Tensor()));
    return tensors;
  }

  void see(const TappedCall& call) {
    TraceStep step{call, {}, {}};
    bool constant = true;
    std::vector<at::Tensor> changed;
    const auto real = replaced(call);
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const c10::AliasInfo* alias = call.schema->arguments()[i].alias_info();
      const bool written = alias && alias->isWrite();
      std::vector<int> values;
      for (const at::Tensor& tensor : tensors_in(given_[i])) {
        values.push_back(value_of(tensor, call, written));
        if (written && tensor.defined()) changed.push_back(tensor);
        if (values.back() < 0) continue;
        const TraceValue& value = trace_.values[values.back()];
        constant = constant && (value.kind == TraceValue::Kind::constant || constants_.contains(values.back()));
      }
      step.inputs.push_back(std::move(values));
    }
    for (const at::Tensor& tensor : changed) {
      ++versions_[memory_of(tensor)];
      know(tensor, add(TraceValue::Kind::result, "", tensor));
    }
    bool makes = false;
    for (const c10::IValue& result : call.results) {
      std::vector<int> values;
      for (const at::Tensor& made : tensors_in(result)) {
        const auto stands_for = made.defined() ? real.find(made.unsafeGetTensorImpl()) : real.end();
        const at::Tensor& tensor = stands_for == real.end() ? made : stands_for->second;
        values.push_back(tensor.defined() ? result_of(tensor, call) : -1);
        makes = makes || values.back() >= 0;
      }
      step.outputs.push_back(std::move(values));
    }
    for (const at::Tensor& tensor : changed) step.outputs.push_back({result_of(tensor, call)});
    makes = makes || !changed.empty();
    for (const std::vector<int>& values : step.outputs)
      for (const int value : values)
        if (value >= 0) finish(value, call, constant);
    if (makes) trace_.steps.push_back(std::move(step));
  }

  int result_of(const at::Tensor& tensor, const TappedCall& call) {
    const auto found = known_.find(tensor.unsafeGetTensorImpl());
    if (found != known_.end()) return found->second.value;  // changed in place, or given back as it was
    const bool bare = is_bare_memory(call);
    const int value = add(bare ? TraceValue::Kind::constant : TraceValue::Kind::result, "", tensor);
    know(tensor, value);
    return value;
  }

  // What a result looks like may change later, so a copy is taken now.
  void finish(int value, const TappedCall& call, bool constant) {
    TraceValue& made = trace_.values[value];
    if (made.kind != TraceValue::Kind::result || made.tensor.defined()) return;
    if (constant) constants_.insert(value);
    if (!constant && !request_.copies) return;
    for (const auto& [tensor, known] : known_)
      if (known.value == value) made.tensor = known.tensor.detach().cpu().contiguous().clone();
  }

  const TraceRequest& request_;
  Trace trace_;
  std::vector<c10::IValue> given_;                     // the arguments of the call that runs, as it was given them
  std::unordered_map<const void*, Known> known_;       // by TensorImpl
  std::unordered_map<const void*, int64_t> versions_;  // by StorageImpl
  std::unordered_set<int> constants_;                  // results made of constants alone
};

// Keeps the steps that the outputs need and numbers values: inputs first, then by first use.
Trace pruned(Trace all) {
  std::vector<bool> needed(all.values.size(), false);
  for (const auto& [name, value] : all.outputs) needed[value] = true;
  std::vector<TraceStep> steps;
  for (auto step = all.steps.rbegin(); step != all.steps.rend(); ++step) {
    bool live = false;
    for (const std::vector<int>& values : step->outputs)
      for (const int value : values) {
        const bool given = std::any_of(step->inputs.begin(), step->inputs.end(), [&](const std::vector<int>& inputs) {
          return std::find(inputs.begin(), inputs.end(), value) != inputs.end();
        });
        live = live || (value >= 0 && !given && needed[value] && all.values[value].kind == TraceValue::Kind::result);
      }
    if (!live) continue;
    for (const std::vector<int>& values : step->inputs)
      for (const int value : values)
        if (value >= 0) needed[value] = true;
    steps.push_back(std::move(*step));
  }
  std::reverse(steps.begin(), steps.end());

  Trace kept;
  std::vector<int> numbers(all.values.size(), -1);
  const auto renumber = [&](int& value) {
    if (value < 0) return;
    if (numbers[value] < 0) {
      numbers[value] = static_cast<int>(kept.values.size());
      kept.values.push_back(std::move(all.values[value]));
    }
    value = numbers[value];
  };
  for (int value = 0; value < static_cast<int>(numbers.size()); ++value)
    if (all.values[value].kind == TraceValue::Kind::input) {
      int number = value;
      renumber(number);
    }
  for (TraceStep& step : steps) {
    for (std::vector<int>& values : step.inputs) std::for_each(values.begin(), values.end(), renumber);
    for (std::vector<int>& values : step.outputs) std::for_each(values.begin(), values.end(), renumber);
  }
  for (auto& [name, value] : all.outputs) renumber(value);
  kept.steps = std::move(steps);
  kept.outputs = std::move(all.outputs);
  return kept;
}

// The first step that differs; -1 when none does.
int64_t first_difference(const Trace& a, const Trace& b) {
  const size_t count = std::min(a.steps.size(), b.steps.size());
  for (size_t i = 0; i < count; ++i) {
    const TraceStep &left = a.steps[i], &right = b.steps[i];
    if (left.call.schema != right.call.schema || left.call.module != right.call.module || left.inputs != right.inputs ||
        left.outputs != right.outputs)
      return static_cast<int64_t>(i);
  }
  const bool equal = a.steps.size() == b.steps.size() && a.outputs == b.outputs && a.values.size() == b.values.size();
  return equal ? -1 : static_cast<int64_t>(count);
}

}  // namespace

std::string place_of(const TappedCall& call) { return call.name() + (call.module.empty() ? "" : " in " + call.module); }

Trace record(const TraceRequest& request) { return pruned(Recorder(request).run()); }

bool same_steps(const Trace& a, const Trace& b) { return first_difference(a, b) < 0; }

void require_same_steps(const Trace& a, const Trace& b) {
  const int64_t step = first_difference(a, b);
  if (step < 0) return;
  const auto at = [&](const Trace& trace) {
    return step < static_cast<int64_t>(trace.steps.size()) ? place_of(trace.steps[step].call) : std::string("the end");
  };
  throw UserError(ExitCode::bad_recipe, "export: the network runs other operators when its input has another size (" +
                                            at(a) + ", then " + at(b) + "): one graph cannot hold both");
}

}  // namespace dlrun
