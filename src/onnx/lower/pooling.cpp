// Pooling over windows, over one to three dimensions.

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

// "max_pool2d" -> 2
int64_t dimensions_of(const Call& call) {
  const std::string name = call.name();
  for (size_t i = name.find("pool"); i + 1 < name.size(); ++i)
    if (name[i] >= '1' && name[i] <= '3' && name[i + 1] == 'd') return name[i] - '0';
  TORCH_CHECK(false, "no dimensions in ", name);
}

// Runs `op` on a batch, also where the call had one sample alone.
template <class Make>
void on_batch(Call& call, int64_t dimensions, const Make& make) {
  const std::string x = call.tensor(call.has("self") ? "self" : "input");
  const bool single = call.rank(call.has("self") ? "self" : "input") == dimensions + 1;
  const std::string y = make(single ? call.graph.unsqueeze(x, {0}) : x);
  call.result(single ? call.graph.squeeze(y, {0}) : y);
}

// Kernel, strides and pads as ONNX has them.
OnnxAttributes window(Call& call, int64_t dimensions) {
  const std::vector<int64_t> kernel = spread(call.fixed_list("kernel_size"), dimensions);
  std::vector<int64_t> stride = spread(call.fixed_list("stride"), dimensions);
  std::vector<int64_t> pads = spread(call.fixed_list("padding"), dimensions);
  if (stride.empty()) stride = kernel;
  pads.insert(pads.end(), pads.begin(), pads.begin() + dimensions);
  return {
      {"kernel_shape", kernel}, {"strides", stride}, {"pads", pads}, {"ceil_mode", int64_t{call.flag("ceil_mode")}}};
}

void max_pool(Call& call) {
  if (call.results() > 1 && call.uses_result(1)) call.refuse("with indices that are used has no form here");
  const int64_t dimensions = dimensions_of(call);
  OnnxAttributes attributes = window(call, dimensions);
  attributes.emplace_back("dilations", spread(call.fixed_list("dilation"), dimensions));
  on_batch(call, dimensions, [&](const std::string& x) { return call.add("MaxPool", {x}, attributes); });
}

void average_pool(Call& call) {
  if (call.given("divisor_override")) call.refuse("with divisor_override has no form in ONNX");
  const int64_t dimensions = dimensions_of(call);
  OnnxAttributes attributes = window(call, dimensions);
  attributes.emplace_back("count_include_pad", int64_t{call.flag("count_include_pad")});
  on_batch(call, dimensions, [&](const std::string& x) { return call.add("AveragePool", {x}, attributes); });
}

// Output i is the mean of inputs floor(i in / out) to ceil((i + 1) in / out).
at::Tensor averages(int64_t in, int64_t out) {
  at::Tensor matrix = at::zeros({out, in});
  for (int64_t i = 0; i < out; ++i) {
    const int64_t begin = i * in / out, end = ((i + 1) * in + out - 1) / out;
    matrix[i].slice(0, begin, end).fill_(1.0 / static_cast<double>(end - begin));
  }
  return matrix;
}

void adaptive_pool(Call& call, bool average) {
  if (call.results() > 1 && call.uses_result(1)) call.refuse("with indices that are used has no form here");
  const int64_t dimensions = dimensions_of(call);
  const std::vector<Integer> shape = call.shape("self");
  const std::vector<Integer> inputs(shape.end() - dimensions, shape.end());
  std::vector<int64_t> outputs = spread(call.fixed_list("output_size"), dimensions);
  bool whole = true, even = true;
  for (int64_t i = 0; i < dimensions; ++i) {
    whole = whole && outputs[i] == 1;
    even = even && inputs[i].fixed() && inputs[i].value() % outputs[i] == 0;
  }
  if (whole)
    return on_batch(call, dimensions, [&](const std::string& x) {
      return call.add(average ? "GlobalAveragePool" : "GlobalMaxPool", {x});
    });
  if (even) {
    std::vector<int64_t> window;
    for (int64_t i = 0; i < dimensions; ++i) window.push_back(inputs[i].value() / outputs[i]);
    return on_batch(call, dimensions, [&](const std::string& x) {
      return call.add(average ? "AveragePool" : "MaxPool", {x}, {{"kernel_shape", window}, {"strides", window}});
    });
  }
  if (!average) call.refuse("to a size that does not divide the input's has no form in ONNX");
  const std::vector<int64_t> sizes = call.fixed(inputs);
  std::string x = call.tensor("self");
  if (dimensions == 3) call.refuse("to a size that does not divide the input's has no form in ONNX");
  // Windows of unequal size are a product with a matrix of averages for each side.
  if (dimensions == 2) x = call.add("MatMul", {call.graph.constant(averages(sizes[0], outputs[0])), x});
  call.result(call.add("MatMul", {x, call.graph.constant(averages(sizes.back(), outputs.back()).t())}));
}

const LoweringOf pooled_maximum{{"max_pool1d", "max_pool2d", "max_pool3d", "max_pool1d_with_indices",
                                 "max_pool2d_with_indices", "max_pool3d_with_indices"},
                                max_pool};
const LoweringOf average{{"avg_pool1d", "avg_pool2d", "avg_pool3d"}, average_pool};
const LoweringOf adaptive_average{{"adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d"},
                                  [](Call& call) { adaptive_pool(call, true); }};
const LoweringOf adaptive_maximum{{"adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d"},
                                  [](Call& call) { adaptive_pool(call, false); }};

}  // namespace
}  // namespace dlrun
