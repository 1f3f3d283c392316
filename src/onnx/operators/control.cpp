// Control flow: subgraphs that run by a condition, or again and again.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

bool truth(const at::Tensor& condition) {
  if (condition.scalar_type() != at::kBool || condition.numel() != 1) refuse("its condition must be one bool");
  return condition.item<bool>();
}

OnnxKernel branch(OnnxNodeReader& node) {
  node.arity(1, 1, 1 << 20);
  const OnnxSubgraph yes = node.graph("then_branch"), no = node.graph("else_branch");
  for (const OnnxSubgraph* each : {&yes, &no}) {
    if (each->inputs() != 0) refuse("a branch takes no inputs");
    if (each->outputs() != node.outputs())
      refuse("a branch has {} outputs, the node {}", each->outputs(), node.outputs());
  }
  return [=](OnnxInputs in) { return (truth(in[0]) ? yes : no).run(in, {}); };
}

// Inputs: most rounds, condition, carried values. The body takes (round, condition, carried...) and gives (condition,
// carried..., scanned...); what it scans is stacked over the rounds.
OnnxKernel loop(OnnxNodeReader& node) {
  node.arity(0, 1 << 20, 1 << 20);
  const OnnxSubgraph body = node.graph("body");
  const size_t carried = node.inputs() < 2 ? 0 : node.inputs() - 2;
  if (body.inputs() != carried + 2) refuse("its body takes {} values, expected {}", body.inputs(), carried + 2);
  if (body.outputs() < carried + 1)
    refuse("its body gives {} values, expected at least {}", body.outputs(), carried + 1);
  const size_t scanned = body.outputs() - carried - 1;
  if (node.outputs() > carried + scanned)
    refuse("it has {} outputs, its body gives {}", node.outputs(), carried + scanned);
  const bool limited = node.has_input(0), conditioned = node.has_input(1);
  for (size_t i = 0; i < carried; ++i) {
    if (!node.has_input(i + 2)) refuse("a carried value is missing");
  }
  return [=](OnnxInputs in) -> OnnxOutputs {
    const int64_t most = limited ? integer_of(in[0], "M") : std::numeric_limits<int64_t>::max();
    bool alive = conditioned ? truth(in[1]) : true;
    OnnxOutputs values;
    for (size_t i = 0; i < carried; ++i) values.push_back(in[i + 2]);
    std::vector<std::vector<at::Tensor>> rounds(scanned);
    int64_t kept = 0;  // bytes
    for (int64_t round = 0; round < most && alive; ++round) {
      OnnxBudget::current().spend_nodes(1);
      OnnxOutputs inputs = {at::scalar_tensor(round, at::kLong), at::scalar_tensor(alive, at::kBool)};
      inputs.insert(inputs.end(), values.begin(), values.end());
      OnnxOutputs results = body.run(in, std::move(inputs));
      alive = truth(results[0]);
      for (size_t i = 0; i < carried; ++i) values[i] = results[i + 1];
      for (size_t i = 0; i < scanned; ++i) {
        rounds[i].push_back(results[i + 1 + carried]);
        kept += bytes_of_tensor_object + static_cast<int64_t>(rounds[i].back().nbytes());
      }
      MemoryBound::expect(kept, 1);  // They need not be stacked to know that it would be too much.
    }
    for (auto& each : rounds) values.push_back(each.empty() ? at::empty({0}) : at::stack(each));
    return values;
  };
}

const OnnxRegistered control_entries{{"If", branch}, {"Loop", loop}};

}  // namespace
}  // namespace dlrun
