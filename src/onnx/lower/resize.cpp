// Images in another size: interpolation, borders, and channels traded for pixels.

#include <numeric>

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

// To the size of the result; by the factors the network gave where it gave some.
void resize(Call& call, OnnxAttributes attributes) {
  const std::vector<Integer> shape = call.result_shape();
  std::vector<std::string> inputs = {call.tensor(input_of(call)), "", ""};
  if (call.has("scale_factors") && call.given("scale_factors")) {
    std::vector<float> factors(shape.size(), 1.0f);
    const auto given = call.numbers("scale_factors");
    for (size_t i = 0; i < given.size(); ++i) factors[shape.size() - given.size() + i] = static_cast<float>(given[i]);
    inputs[2] = call.graph.constant(at::tensor(factors));
  } else {
    inputs.push_back(call.graph.list(shape));
  }
  call.result(call.add("Resize", inputs, attributes));
}

const LoweringOf nearest{{"upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d"}, [](Call& call) {
                           resize(call, {{"mode", std::string("nearest")},
                                         {"coordinate_transformation_mode", std::string("asymmetric")},
                                         {"nearest_mode", std::string("floor")}});
                         }};

void smooth(Call& call, const char* mode) {
  const char* coordinates = call.flag("align_corners") ? "align_corners" : "half_pixel";
  OnnxAttributes attributes = {{"mode", std::string(mode)},
                               {"coordinate_transformation_mode", std::string(coordinates)}};
  if (std::string(mode) == "cubic") attributes.emplace_back("cubic_coeff_a", -0.75f);
  resize(call, attributes);
}
const LoweringOf linears{{"upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d"},
                         [](Call& call) { smooth(call, "linear"); }};
const LoweringOf cubic{{"upsample_bicubic2d"}, [](Call& call) { smooth(call, "cubic"); }};

// `pad` counts from the last dimension: {left, right, top, bottom, ...}; ONNX wants all begins, then all ends.
void pad(Call& call, const std::string& mode) {
  const std::vector<int64_t> given = call.fixed_list(call.has("pad") ? "pad" : "padding");
  const size_t rank = call.shape("self").size();
  std::vector<int64_t> pads(2 * rank, 0);
  for (size_t i = 0; i < given.size() / 2; ++i) {
    pads[rank - 1 - i] = given[2 * i];
    pads[2 * rank - 1 - i] = given[2 * i + 1];
  }
  std::vector<std::string> inputs = {call.tensor("self"), call.graph.integers(pads)};
  if (mode == "constant" && call.given("value")) inputs.push_back(call.operand("value", call.type("self")));
  call.result(call.add("Pad", inputs, {{"mode", mode}}));
}

const LoweringOf pad_of{{"pad", "constant_pad_nd"}, [](Call& call) {
                          const std::string mode = call.has("mode") ? call.text("mode") : "constant";
                          if (mode == "circular") {
                            call.needs_opset(19);
                            return pad(call, "wrap");
                          }
                          pad(call, mode == "replicate" ? "edge" : mode);
                        }};
const LoweringOf reflection{{"reflection_pad1d", "reflection_pad2d", "reflection_pad3d"},
                            [](Call& call) { pad(call, "reflect"); }};
const LoweringOf replication{{"replication_pad1d", "replication_pad2d", "replication_pad3d"},
                             [](Call& call) { pad(call, "edge"); }};

const LoweringOf pixel_shuffle{
    {"pixel_shuffle"}, [](Call& call) {
      if (call.rank("self") != 4) call.refuse("takes batches of images here");
      call.result(call.add("DepthToSpace", {call.tensor("self")},
                           {{"blocksize", call.fixed("upscale_factor")}, {"mode", std::string("CRD")}}));
    }};

// [N, C, H r, W r] -> [N, C r r, H, W]
const LoweringOf pixel_unshuffle{
    {"pixel_unshuffle"}, [](Call& call) {
      if (call.rank("self") != 4) call.refuse("takes batches of images here");
      const std::vector<Integer> in = call.shape("self"), out = call.result_shape();
      const Integer factor(call.fixed("downscale_factor"));
      const std::string blocks = call.reshape(call.tensor("self"), {in[0], in[1], out[2], factor, out[3], factor});
      call.result(call.reshape(call.graph.transpose(blocks, {0, 1, 3, 5, 2, 4}), out));
    }};

const LoweringOf channel_shuffle{{"channel_shuffle"}, [](Call& call) {
                                   const std::vector<Integer> shape = call.shape("self");
                                   const int64_t groups = call.fixed("groups"), rank = call.rank("self");
                                   std::vector<Integer> apart = shape;
                                   apart[1] = Integer(groups);
                                   apart.insert(apart.begin() + 2, Integer(call.fixed(shape[1]) / groups));
                                   std::vector<int64_t> order(static_cast<size_t>(rank + 1));
                                   std::iota(order.begin(), order.end(), 0);
                                   std::swap(order[1], order[2]);
                                   const std::string mixed =
                                       call.graph.transpose(call.reshape(call.tensor("self"), apart), order);
                                   call.result(call.reshape(mixed, shape));
                                 }};

}  // namespace
}  // namespace dlrun
