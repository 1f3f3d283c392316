// From recorded forward passes to an ONNX graph.

#include "onnx/lower.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "onnx/lower/call.h"

namespace dlrun {
namespace {

class Lowerer {
 public:
  explicit Lowerer(const LowerRequest& request)
      : request_(request), first_(request.recordings.front()), builder_(request.opset, request.dimensions) {
    names_.resize(first_.values.size());
  }

  Lowered run() {
    for (const Trace& other : request_.recordings) require_same_steps(first_, other);
    declare();
    for (size_t step = 0; step < first_.steps.size(); ++step) take(step);
    finish();
    return {std::move(builder_), std::move(names_)};
  }

 private:
  // Inputs, parameters and constants get their names before the first node.
  void declare() {
    std::map<std::string, at::Tensor> state;
    for (const NamedTensor& slot : request_.state) state.emplace(slot.name, *slot.tensor);
    for (size_t i = 0; i < first_.values.size(); ++i) {
      const TraceValue& value = first_.values[i];
      if (value.kind == TraceValue::Kind::input) {
        names_[i] = value.name;
        builder_.graph().inputs.push_back({value.name, value.type, shape_of(i), true});
      } else if (value.kind == TraceValue::Kind::parameter) {
        names_[i] = value.name;
        builder_.initializer(value.name, state.at(value.name));
      } else if (value.kind == TraceValue::Kind::constant && same_everywhere(i)) {
        names_[i] = builder_.constant(value.tensor);
      }
    }
  }

  // Whether a constant holds the same numbers in every recording.
  bool same_everywhere(size_t value) const {
    const at::Tensor& mine = first_.values[value].tensor;
    return mine.defined() &&
           std::all_of(request_.recordings.begin(), request_.recordings.end(), [&](const Trace& other) {
             const at::Tensor& theirs = other.values[value].tensor;
             return theirs.defined() && theirs.scalar_type() == mine.scalar_type() && at::equal(theirs, mine);
           });
  }

  std::vector<OnnxDimension> shape_of(size_t value) const {
    std::vector<OnnxDimension> shape;
    for (size_t d = 0; d < first_.values[value].sizes.size(); ++d) {
      std::vector<int64_t> sizes;
      for (const Trace& recording : request_.recordings) sizes.push_back(recording.values[value].sizes.at(d));
      const auto same = [&](const DynamicSize& dimension) { return dimension.recorded == sizes; };
      const auto found = std::find_if(request_.dimensions.begin(), request_.dimensions.end(), same);
      if (Integer(sizes).fixed())
        shape.emplace_back(sizes.front());
      else if (found != request_.dimensions.end())
        shape.emplace_back(found->name);
      else
        shape.emplace_back(first_.values[value].name + "_size" + std::to_string(d));
    }
    return shape;
  }

  void take(size_t step) {
    const TraceStep& taken = first_.steps[step];
    builder_.enter(taken.call.module);
    try {
      if (fold(taken)) return;
      const Lowering lowering = find_lowering(taken.call.name());
      if (!lowering) throw UserError(ExitCode::bad_recipe, "has no form in ONNX yet");
      for (const std::vector<int>& values : taken.inputs)
        for (const int value : values)
          if (value >= 0) require(value);
      Call call(builder_, request_.recordings, step, names_);
      lowering(call);
    } catch (const UserError& error) {
      // Not the user's problem unless an output needs it.
      const std::string problem = "export: " + place_of(taken.call) + ": " + error.what();
      for (const std::vector<int>& values : taken.outputs)
        for (const int value : values)
          if (value >= 0) names_[value] = failed(problem);
    }
  }

  void require(int value) {
    if (names_[value].empty() && first_.values[value].kind == TraceValue::Kind::constant)
      names_[value] = failed(
          "export: a tensor that is made outside of the network's operators follows the size of the "
          "input");
    TORCH_CHECK(!names_[value].empty(), "a value without a name");
  }

  // A name that stands for a problem.
  std::string failed(const std::string& problem) {
    const std::string name = "problem " + std::to_string(problems_.size());
    problems_[name] = problem;
    return name;
  }

  // A step whose results are the same in every recording and hang on nothing.
  bool fold(const TraceStep& step) {
    std::vector<int> results;
    for (const std::vector<int>& values : step.outputs)
      for (const int value : values)
        if (value >= 0) results.push_back(value);
    for (const int value : results)
      if (!same_everywhere(value) || !constant(step)) return false;
    for (const int value : results)
      if (names_[value].empty()) names_[value] = builder_.constant(first_.values[value].tensor);
    folded_.insert(results.begin(), results.end());
    return true;
  }

  bool constant(const TraceStep& step) const {
    for (const std::vector<int>& values : step.inputs)
      for (const int value : values)
        if (value >= 0 && first_.values[value].kind != TraceValue::Kind::constant && !folded_.contains(value))
          return false;
    return true;
  }

  // Outputs get their own names, by a node where another name must stay.
  void finish() {
    builder_.enter("");
    for (const auto& [name, value] : first_.outputs) {
      require(value);
      OnnxNode node;
      node.op = "Identity";
      node.name = "/" + name;
      node.inputs = {names_[value]};
      node.outputs = {name};
      OnnxValueInfo info{name, first_.values[value].type, shape_of(value), true};
      for (size_t d = 0; d < info.shape.size(); ++d)
        if (const auto* text = std::get_if<std::string>(&info.shape[d]); text && text->starts_with("_size"))
          info.shape[d] = name + *text;
      builder_.graph().nodes.push_back(std::move(node));
      builder_.graph().outputs.push_back(std::move(info));
    }
    builder_.prune();
    rename_outputs();
    drop_unused_inputs();
    for (const OnnxNode& node : builder_.graph().nodes)
      for (const std::string& input : node.inputs)
        if (const auto problem = problems_.find(input); problem != problems_.end())
          throw UserError(ExitCode::bad_recipe, problem->second);
    for (std::string& name : names_)
      if (problems_.contains(name)) name.clear();
  }

  void drop_unused_inputs() {
    std::set<std::string> used;
    for (const OnnxNode& node : builder_.graph().nodes) used.insert(node.inputs.begin(), node.inputs.end());
    std::erase_if(builder_.graph().inputs, [&](const OnnxValueInfo& input) { return !used.contains(input.name); });
  }

  // Instead of a node that only renames, the node before it writes the output, where nobody else reads it as an output.
  void rename_outputs() {
    OnnxGraph& graph = builder_.graph();
    std::map<std::string, std::string> renamed;
    std::map<std::string, OnnxNode*> makers;
    for (OnnxNode& node : graph.nodes)
      for (const std::string& output : node.outputs) makers[output] = &node;
    for (const OnnxValueInfo& output : graph.outputs) {
      const std::string inner = makers.at(output.name)->inputs[0];
      if (makers.contains(inner) && !renamed.contains(inner)) renamed[inner] = output.name;
    }
    std::erase_if(graph.nodes, [&](const OnnxNode& node) {
      const auto found = node.op == "Identity" ? renamed.find(node.inputs[0]) : renamed.end();
      return found != renamed.end() && found->second == node.outputs[0];
    });
    const auto rename = [&](std::string& name) {
      if (const auto found = renamed.find(name); found != renamed.end()) name = found->second;
    };
    for (OnnxNode& node : graph.nodes) {
      std::for_each(node.inputs.begin(), node.inputs.end(), rename);
      std::for_each(node.outputs.begin(), node.outputs.end(), rename);
    }
    std::for_each(names_.begin(), names_.end(), rename);
  }

  const LowerRequest& request_;
  const Trace& first_;
  GraphBuilder builder_;
  std::vector<std::string> names_;               // by value
  std::map<std::string, std::string> problems_;  // by the name that stands for them
  std::set<int> folded_;
};

}  // namespace

Lowered lower(const LowerRequest& request) { return Lowerer(request).run(); }

}  // namespace dlrun
