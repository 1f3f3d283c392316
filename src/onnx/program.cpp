// From a graph to steps, and running them.

#include "onnx/program.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "base/error.h"
#include "onnx/budget.h"

namespace dlrun {
namespace {

std::string name_of(const OnnxNode& node) { return fmt::format("node '{}' ({})", node.name, node.op); }

OnnxKernel prepare(OnnxNodeReader& reader, const OnnxNode& node) {
  if (!node.domain.empty()) refuse("operators of the domain '{}' are not supported", node.domain);
  const auto& operators = onnx_operators();
  const auto found = operators.find(node.op);
  if (found == operators.end()) refuse("this operator is not supported");
  if (reader.opset < found->second.since) {
    refuse("this operator is there since opset {}, the model is of {}", found->second.since, reader.opset);
  }
  if (reader.opset > found->second.until) {
    refuse("this operator is there until opset {}, the model is of {}", found->second.until, reader.opset);
  }
  OnnxKernel kernel = found->second.prepare(reader);
  reader.expect_all_read();
  return kernel;
}

}  // namespace

OnnxProgram::OnnxProgram(const OnnxGraph& graph, int64_t opset) : graph_(graph) {
  for (const OnnxValueInfo& input : graph.inputs) inputs_.push_back(slots_[input.name] = slot_count_++);
  for (const OnnxTensor& tensor : graph.initializers) {
    auto [found, is_new] = slots_.try_emplace(tensor.name, slot_count_);
    slot_count_ += is_new;
    constants_.emplace_back(found->second, tensor.value);
  }
  for (const OnnxNode& node : graph.nodes) add(node, opset);
  for (const OnnxValueInfo& output : graph.outputs) outputs_.push_back(slot_of(output.name));
  find_last_uses();
  slots_.clear();
}

int64_t OnnxProgram::slot_of(const std::string& name) {
  auto [found, is_new] = slots_.try_emplace(name, slot_count_);
  if (is_new) {  // From outside: the checked model knows every name.
    captured_.push_back(name);
    captured_slots_.push_back(slot_count_++);
  }
  return found->second;
}

void OnnxProgram::add(const OnnxNode& node, int64_t opset) {
  Step step{&node, {}, {}, {}, {}};
  OnnxNodeReader reader(node, opset);
  try {
    step.kernel = prepare(reader, node);
  } catch (const OnnxRefusal& refusal) {
    problems_.push_back(name_of(node) + ": " + refusal.what());
  }
  for (const std::string& input : node.inputs) step.inputs.push_back(input.empty() ? -1 : slot_of(input));
  for (const std::string& name : reader.captured()) step.inputs.push_back(slot_of(name));
  for (const std::string& output : node.outputs) {
    step.outputs.push_back(output.empty() ? -1 : slot_count_);
    if (!output.empty()) slots_[output] = slot_count_++;
  }
  steps_.push_back(std::move(step));
}

void OnnxProgram::find_last_uses() {
  constexpr int64_t never = -1, by_the_caller = -2;
  std::vector<int64_t> last(static_cast<size_t>(slot_count_), never);
  for (size_t i = 0; i < steps_.size(); ++i)
    for (const int64_t slot : steps_[i].inputs)
      if (slot >= 0) last[static_cast<size_t>(slot)] = static_cast<int64_t>(i);
  for (const int64_t slot : outputs_) last[static_cast<size_t>(slot)] = by_the_caller;
  for (size_t slot = 0; slot < last.size(); ++slot) {
    if (last[slot] >= 0) steps_[static_cast<size_t>(last[slot])].last_used.push_back(static_cast<int64_t>(slot));
  }
  for (Step& step : steps_)
    for (int64_t& slot : step.outputs)
      if (slot >= 0 && last[static_cast<size_t>(slot)] == never) slot = -1;
}

OnnxOutputs OnnxProgram::run(OnnxOutputs inputs, OnnxInputs captured, const OnnxWatcher& watcher) const {
  std::vector<at::Tensor> values(static_cast<size_t>(slot_count_));
  auto value = [&](int64_t slot) -> at::Tensor& { return values[static_cast<size_t>(slot)]; };
  for (const auto& [slot, constant] : constants_) value(slot) = constant;
  for (size_t i = 0; i < captured.size(); ++i) value(captured_slots_[i]) = captured[i];
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].defined()) value(inputs_[i]) = std::move(inputs[i]);
  }
  inputs.clear();
  std::vector<at::Tensor> arguments;
  for (const Step& step : steps_) {
    arguments.clear();
    for (const int64_t slot : step.inputs) arguments.push_back(slot < 0 ? at::Tensor() : value(slot));
    // A kernel sees by it which of its inputs nobody else needs.
    for (const int64_t slot : step.last_used) value(slot).reset();
    OnnxOutputs results;
    auto fail = [&](const std::string& what) {
      throw UserError(ExitCode::bad_data, fmt::format("{}: {}", name_of(*step.node), what));
    };
    try {
      OnnxBudget::current().spend_nodes(1);
      results = step.kernel(arguments);
      for (const at::Tensor& result : results) OnnxBudget::current().expect_value(result);
    } catch (const UserError&) {  // Of a node of a subgraph.
      throw;
    } catch (const c10::Error& error) {
      fail(error.what_without_backtrace());
    } catch (const std::exception& error) {  // OnnxRefusal; ATen, oneDNN and the heap have their own.
      fail(error.what());
    }
    for (size_t i = 0; i < step.outputs.size() && i < results.size(); ++i) {
      if (step.outputs[i] >= 0) value(step.outputs[i]) = results[i];
    }
    if (watcher) watcher(*step.node, results);
  }
  OnnxOutputs outputs;
  for (const int64_t slot : outputs_) outputs.push_back(value(slot));
  return outputs;
}

}  // namespace dlrun
