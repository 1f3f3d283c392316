// Normalization layers.

#include <numeric>

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

std::string filled(Call& call, int64_t size, double value) {
  return call.graph.constant(at::full({size}, value, call.result_type()));
}

// [C] -> [C, 1, ..., 1], to meet [N, C, ...] of this rank.
std::string per_channel(Call& call, const std::string& x, int64_t channels, int64_t rank) {
  std::vector<int64_t> shape(static_cast<size_t>(rank - 1), 1);
  shape[0] = channels;
  return rank == 2 ? x : call.add("Reshape", {x, call.graph.integers(shape)});
}

std::string scaled_and_shifted(Call& call, std::string x, const std::string& scale, const std::string& shift) {
  if (!scale.empty()) x = call.add("Mul", {x, scale});
  return shift.empty() ? x : call.add("Add", {x, shift});
}

// With the statistics gathered while training.
void batch_norm(Call& call) {
  if (call.flag("training") || call.flag("use_input_stats") || !call.given("running_mean"))
    call.refuse("normalises by the statistics of each batch; a network in evaluation mode uses those it has learned");
  const int64_t channels = call.fixed(call.shape("input")[1]);
  const std::string weight = call.given("weight") ? call.tensor("weight") : filled(call, channels, 1);
  const std::string bias = call.given("bias") ? call.tensor("bias") : filled(call, channels, 0);
  call.result(call.add("BatchNormalization",
                       {call.tensor("input"), weight, bias, call.tensor("running_mean"), call.tensor("running_var")},
                       {{"epsilon", static_cast<float>(call.number("eps"))}}));
}

// (x - mean) / sqrt(variance + eps) over the axes; without the mean where `centred` is false.
std::string standardised(Call& call, std::string x, const std::vector<int64_t>& axes, double eps, bool centred) {
  if (centred) x = call.add("Sub", {x, call.graph.reduce("ReduceMean", x, axes, true)});
  const std::string variance = call.graph.reduce("ReduceMean", call.add("Mul", {x, x}), axes, true);
  return call.add("Div", {x, call.add("Sqrt", {call.add("Add", {variance, constant(call, eps)})})});
}

std::vector<int64_t> last_axes(Call& call, const char* shape) {
  const int64_t rank = call.rank("input"), count = static_cast<int64_t>(call.integers(shape).size());
  std::vector<int64_t> axes(static_cast<size_t>(count));
  std::iota(axes.begin(), axes.end(), rank - count);
  return axes;
}

void layer_norm(Call& call) {
  const std::vector<int64_t> axes = last_axes(call, "normalized_shape");
  const std::string x = call.tensor("input"), weight = call.tensor("weight"), bias = call.tensor("bias");
  if (call.graph.opset() < 17)
    return call.result(scaled_and_shifted(call, standardised(call, x, axes, call.number("eps"), true), weight, bias));
  std::string scale = weight;
  if (scale.empty())
    scale = call.graph.constant(at::ones(call.fixed(call.integers("normalized_shape")), call.result_type()));
  call.result(call.add("LayerNormalization", {x, scale, bias},
                       {{"axis", axes.front()}, {"epsilon", static_cast<float>(call.number("eps"))}}));
}

void rms_norm(Call& call) {
  const double eps = call.given("eps") ? call.number("eps") : std::numeric_limits<float>::epsilon();
  const std::string x = standardised(call, call.tensor("input"), last_axes(call, "normalized_shape"), eps, false);
  call.result(scaled_and_shifted(call, x, call.tensor("weight"), ""));
}

// Groups become the channels of an instance norm.
void group_norm(Call& call) {
  const int64_t groups = call.fixed("num_groups"), rank = call.rank("input");
  const int64_t channels = call.fixed(call.shape("input")[1]);
  const std::string rows = call.add("Reshape", {call.tensor("input"), call.graph.integers({0, groups, -1})});
  const std::string normal = call.add("InstanceNormalization", {rows, filled(call, groups, 1), filled(call, groups, 0)},
                                      {{"epsilon", static_cast<float>(call.number("eps"))}});
  const std::string x = call.reshape(normal, call.result_shape());
  const auto spread = [&](const char* name) {
    return call.given(name) ? per_channel(call, call.tensor(name), channels, rank) : std::string();
  };
  call.result(scaled_and_shifted(call, x, spread("weight"), spread("bias")));
}

void instance_norm(Call& call) {
  if (!call.flag("use_input_stats")) return batch_norm(call);
  const int64_t channels = call.fixed(call.shape("input")[1]);
  const std::string weight = call.given("weight") ? call.tensor("weight") : filled(call, channels, 1);
  const std::string bias = call.given("bias") ? call.tensor("bias") : filled(call, channels, 0);
  call.result(call.add("InstanceNormalization", {call.tensor("input"), weight, bias},
                       {{"epsilon", static_cast<float>(call.number("eps"))}}));
}

const LoweringOf batch{{"batch_norm"}, batch_norm};
const LoweringOf layer{{"layer_norm"}, layer_norm};
const LoweringOf rms{{"rms_norm"}, rms_norm};
const LoweringOf group{{"group_norm"}, group_norm};
const LoweringOf instance{{"instance_norm"}, instance_norm};

}  // namespace
}  // namespace dlrun
