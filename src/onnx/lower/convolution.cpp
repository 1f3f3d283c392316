// Convolutions and their transposes, over one to three dimensions.

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

// One number stands for all dimensions.
struct Geometry {
  int64_t dimensions;
  std::vector<int64_t> kernel, stride, dilation;
  std::vector<int64_t> pads;  // begins, then ends
};

Geometry geometry_of(Call& call) {
  Geometry geometry;
  const std::vector<int64_t> weight = call.fixed(call.shape("weight"));
  geometry.dimensions = static_cast<int64_t>(weight.size()) - 2;
  geometry.kernel.assign(weight.begin() + 2, weight.end());
  geometry.stride = spread(call.fixed_list("stride"), geometry.dimensions);
  geometry.dilation = spread(call.fixed_list("dilation"), geometry.dimensions);
  if (call.overload("padding")) {  // "same" or "valid"
    const bool same = call.text("padding") == "same";
    std::vector<int64_t> ends;
    for (size_t i = 0; i < geometry.kernel.size(); ++i) {
      const int64_t both = same ? geometry.dilation[i] * (geometry.kernel[i] - 1) : 0;
      geometry.pads.push_back(both / 2);
      ends.push_back(both - both / 2);
    }
    geometry.pads.insert(geometry.pads.end(), ends.begin(), ends.end());
  } else {
    const std::vector<int64_t> padding = spread(call.fixed_list("padding"), geometry.dimensions);
    geometry.pads = padding;
    geometry.pads.insert(geometry.pads.end(), padding.begin(), padding.end());
  }
  return geometry;
}

void convolve(Call& call, bool transposed) {
  const Geometry geometry = geometry_of(call);
  OnnxAttributes attributes = {{"kernel_shape", geometry.kernel},
                               {"strides", geometry.stride},
                               {"pads", geometry.pads},
                               {"dilations", geometry.dilation},
                               {"group", call.fixed("groups")}};
  if (transposed)
    attributes.emplace_back("output_padding", spread(call.fixed_list("output_padding"), geometry.dimensions));
  const bool single = call.rank("input") == geometry.dimensions + 1;  // one sample, without a batch
  std::string x = call.tensor("input");
  if (single) x = call.graph.unsqueeze(x, {0});
  x = call.add(transposed ? "ConvTranspose" : "Conv", {x, call.tensor("weight"), call.tensor("bias")}, attributes);
  call.result(single ? call.graph.squeeze(x, {0}) : x);
}

const LoweringOf forward{{"conv1d", "conv2d", "conv3d"}, [](Call& call) { convolve(call, false); }};
const LoweringOf backward{{"conv_transpose1d", "conv_transpose2d", "conv_transpose3d"},
                          [](Call& call) { convolve(call, true); }};
const LoweringOf general{{"convolution", "_convolution"}, [](Call& call) { convolve(call, call.flag("transposed")); }};

}  // namespace
}  // namespace dlrun
