// Resize: every axis is resampled by itself, each output element being a weighted sum of a few input elements.

#include <cmath>

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

// The part of an axis that is resampled, of its length.
struct Extent {
  double begin = 0, end = 1;
};

struct Resize {
  std::string mode, coordinates, rounding, policy;
  double cubic = -0.75, extrapolation = 0;
  bool exclude_outside = false, antialias = false;
  std::optional<std::vector<int64_t>> axes;

  // Where output `i` lies in the input.
  double source(int64_t i, double scale, int64_t in, int64_t out, double begin, double end) const {
    const auto x = static_cast<double>(i), length = static_cast<double>(in), wide = static_cast<double>(out);
    if (coordinates == "asymmetric") return x / scale;
    if (coordinates == "align_corners") return out == 1 ? 0 : x * (length - 1) / (wide - 1);
    if (coordinates == "pytorch_half_pixel") return out > 1 ? (x + 0.5) / scale - 0.5 : 0;
    if (coordinates == "tf_crop_and_resize") {
      return out > 1 ? begin * (length - 1) + x * (end - begin) * (length - 1) / (wide - 1)
                     : 0.5 * (begin + end) * (length - 1);
    }
    if (coordinates == "tf_half_pixel_for_nn") return (x + 0.5) / scale;
    if (coordinates == "half_pixel_symmetric") {
      // The size that the scale asks for is seldom whole; what was rounded is shared by both ends.
      const double centre = length / 2, adjustment = wide / (scale * length);
      return centre * (1 - adjustment) + (x + 0.5) / scale - 0.5;
    }
    return (x + 0.5) / scale - 0.5;
  }

  double round(double x) const {
    if (rounding == "floor") return std::floor(x);
    if (rounding == "ceil") return std::ceil(x);
    const double below = std::floor(x);
    if (x - below == 0.5) return rounding == "round_prefer_floor" ? below : below + 1;
    return std::floor(x + 0.5);
  }

  // The kernel at a distance, in input elements.
  double kernel(double distance) const {
    const double x = std::abs(distance), a = cubic;
    if (mode == "linear") return std::max(0.0, 1 - x);
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
  }

  struct Taps {
    std::vector<std::vector<int64_t>> indices;  // [tap][output]
    std::vector<std::vector<double>> weights;
    std::vector<bool> outside;  // [output]: takes the extrapolation value
  };

  Taps taps(double scale, int64_t in, int64_t out, double begin, double end) const {
    // Made wider where the result is smaller, so that every input element counts.
    const double stretch = antialias && out > 0 ? std::min(scale, 1.0) : 1.0,
                 reach = (mode == "linear" ? 1 : 2) / stretch;
    const int64_t plain = mode == "nearest" ? 1 : mode == "linear" ? 2 : 4;
    const double widened = std::ceil(2 * reach) + 1;
    if (antialias && !(widened <= 4.0 * static_cast<double>(in) + 8)) refuse("a scale of {}", scale);
    const int64_t count = antialias ? static_cast<int64_t>(widened) : plain;
    MemoryBound::expect(out, count * 3 * static_cast<int64_t>(sizeof(int64_t)));
    Taps result;
    result.outside.assign(static_cast<size_t>(out), false);
    result.indices.assign(static_cast<size_t>(count), std::vector<int64_t>(static_cast<size_t>(out)));
    result.weights.assign(static_cast<size_t>(count), std::vector<double>(static_cast<size_t>(out), 1));
    for (int64_t i = 0; i < out; ++i) {
      const auto to = static_cast<size_t>(i);
      const double x = source(i, scale, in, out, begin, end);
      if (!(std::abs(x) < 1e15)) refuse("its region reaches to element {} of {}", x, in);
      result.outside[to] = coordinates == "tf_crop_and_resize" && (x < 0 || x > static_cast<double>(in - 1));
      if (mode == "nearest") {
        result.indices[0][to] = std::clamp<int64_t>(static_cast<int64_t>(round(x)), 0, in - 1);
        continue;
      }
      const auto first = antialias ? static_cast<int64_t>(std::floor(x + 0.5 - reach))
                                   : static_cast<int64_t>(std::floor(x)) - count / 2 + 1;
      double sum = 0;
      for (int64_t tap = 0; tap < count; ++tap) {
        const int64_t at = first + tap;
        double weight = kernel((static_cast<double>(at) - x) * stretch);
        if (exclude_outside && (at < 0 || at >= in)) weight = 0;
        result.indices[static_cast<size_t>(tap)][to] = std::clamp<int64_t>(at, 0, in - 1);
        result.weights[static_cast<size_t>(tap)][to] = weight;
        sum += weight;
      }
      for (auto& weights : result.weights) weights[to] /= sum;
    }
    return result;
  }

  at::Tensor along(const at::Tensor& x, int64_t axis, const Taps& taps) const {
    std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
    shape[static_cast<size_t>(axis)] = static_cast<int64_t>(taps.outside.size());
    at::Tensor result;
    for (size_t tap = 0; tap < taps.indices.size(); ++tap) {
      const at::Tensor part = x.index_select(axis, index_tensor(taps.indices[tap]));
      if (mode == "nearest") {
        result = part;
        break;
      }
      const at::Tensor weights = at::tensor(taps.weights[tap], at::kDouble).to(x.scalar_type()).reshape(shape);
      result = result.defined() ? at::addcmul(result, part, weights) : part * weights;
    }
    if (coordinates != "tf_crop_and_resize") return result;
    std::vector<int64_t> outside(taps.outside.begin(), taps.outside.end());
    return result.masked_fill(index_tensor(outside).to(at::kBool).reshape(shape), extrapolation);
  }

  // Which axes are meant, and sizes and scales of all, from whichever is given.
  void plan(OnnxInputs in, std::vector<int64_t>& over, std::vector<int64_t>& sizes, std::vector<double>& scales) const {
    const at::Tensor& x = in[0];
    over.clear();
    for (int64_t axis = 0; axis < x.dim(); ++axis) over.push_back(axis);
    if (axes) over = axes_of(*axes, x.dim());
    sizes = x.sizes().vec();
    scales.assign(sizes.size(), 1);
    const bool by_scale = in.size() > 2 && in[2].defined() && in[2].numel() > 0;
    const bool by_size = in.size() > 3 && in[3].defined() && in[3].numel() > 0;
    if (by_scale == by_size) refuse("it needs either scales or sizes");
    const int64_t given = by_scale ? in[2].numel() : in[3].numel();
    if (given != static_cast<int64_t>(over.size())) refuse("{} scales or sizes for {} axes", given, over.size());
    std::vector<int64_t> wanted;
    if (by_size) wanted = integers_of(in[3], "sizes");
    double common = 0;
    for (size_t i = 0; i < over.size(); ++i) {
      const auto axis = static_cast<size_t>(over[i]);
      const auto length = static_cast<double>(sizes[axis]);
      scales[axis] = by_scale ? in[2].to(at::kDouble)[static_cast<int64_t>(i)].item<double>()
                              : static_cast<double>(wanted[i]) / length;
      const bool first = i == 0;
      if (policy == "not_smaller") common = first ? scales[axis] : std::max(common, scales[axis]);
      if (policy == "not_larger") common = first ? scales[axis] : std::min(common, scales[axis]);
    }
    for (size_t i = 0; i < over.size(); ++i) {
      const auto axis = static_cast<size_t>(over[i]);
      const auto length = static_cast<double>(sizes[axis]);
      if (by_size && policy != "stretch") scales[axis] = common;
      if (!(scales[axis] > 0 && scales[axis] * length < 1e12))
        refuse("axis {} cannot be scaled by {}", axis, scales[axis]);
      if (by_size && policy == "stretch") {
        sizes[axis] = wanted[i];
      } else {
        sizes[axis] =
            static_cast<int64_t>(by_size ? std::floor(scales[axis] * length + 0.5) : std::floor(scales[axis] * length));
      }
    }
  }

  at::Tensor run(OnnxInputs in) const {
    std::vector<int64_t> over, sizes;
    std::vector<double> scales;
    plan(in, over, sizes, scales);
    std::vector<Extent> extents(sizes.size());
    if (coordinates == "tf_crop_and_resize") {
      if (in.size() < 2 || !in[1].defined()) refuse("tf_crop_and_resize needs a region");
      const at::Tensor given = in[1].to(at::kDouble).contiguous();
      if (given.numel() != static_cast<int64_t>(2 * over.size()))
        refuse("its region must have two numbers for each dimension");
      const double* region = given.const_data_ptr<double>();
      for (size_t i = 0; i < over.size(); ++i)
        extents[static_cast<size_t>(over[i])] = {region[i], region[i + over.size()]};
    }
    const bool exact = mode == "nearest" || at::isFloatingType(in[0].scalar_type());
    at::Tensor x = exact ? in[0] : in[0].to(at::kFloat);
    for (size_t axis = 0; axis < sizes.size(); ++axis) {
      const auto [begin, end] = extents[axis];
      const int64_t length = x.size(static_cast<int64_t>(axis));
      const bool same = sizes[axis] == length && scales[axis] == 1 && begin == 0 && end == 1;
      if (same) continue;
      if (length == 0) refuse("axis {} has no elements", axis);
      x = along(x, static_cast<int64_t>(axis), taps(scales[axis], length, sizes[axis], begin, end));
    }
    if (exact) return x;
    return (antialias ? x.round() : x).to(in[0].scalar_type());  // Else it is cut off.
  }
};

// Upsample, and Resize when it was new: by scales alone, an element after the other.
OnnxKernel upsample(OnnxNodeReader& node) {
  const bool by_input = node.opset >= 9;
  node.arity(by_input ? 2 : 1, by_input ? 2 : 1);
  Resize call;
  call.mode = node.text("mode", "nearest", {"nearest", "linear"});
  call.coordinates = "asymmetric";
  call.rounding = "floor";
  call.policy = "stretch";
  at::Tensor fixed;
  if (!by_input) {
    const auto scales = node.reals("scales");
    if (!scales) refuse("attribute 'scales' is missing");
    fixed = at::tensor(*scales, at::kFloat);
  }
  return one_output([=](OnnxInputs in) {
    const at::Tensor inputs[] = {in[0], at::Tensor(), by_input ? in[1] : fixed};
    return call.run(inputs);
  });
}

OnnxKernel resize(OnnxNodeReader& node) {
  if (node.opset < 11) return upsample(node);
  node.arity(1, 4);
  Resize call;
  call.mode = node.text("mode", "nearest", {"nearest", "linear", "cubic"});
  std::vector<std::string> ways = {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
                                   "tf_crop_and_resize"};
  if (node.opset < 13) ways.push_back("tf_half_pixel_for_nn");
  if (node.opset >= 19) ways.push_back("half_pixel_symmetric");
  call.coordinates = node.text("coordinate_transformation_mode", "half_pixel", ways);
  call.rounding =
      node.text("nearest_mode", "round_prefer_floor", {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"});
  call.cubic = node.real("cubic_coeff_a", -0.75);
  call.extrapolation = node.real("extrapolation_value", 0);
  call.exclude_outside = node.flag("exclude_outside", false);
  call.policy = "stretch";
  if (node.opset >= 18) {
    call.antialias = node.flag("antialias", false);
    if (call.antialias && call.mode == "nearest") refuse("antialias needs the mode linear or cubic");
    call.axes = node.integers("axes");
    call.policy = node.text("keep_aspect_ratio_policy", "stretch", {"stretch", "not_larger", "not_smaller"});
  }
  return one_output([call](OnnxInputs in) { return call.run(in); });
}

// Samples at points of [-1, 1], as torch.nn.functional.grid_sample.
OnnxKernel grid_sample(OnnxNodeReader& node) {
  node.arity(2, 2);
  const bool new_names = node.opset >= 20;
  const std::vector<std::string> modes = new_names ? std::vector<std::string>{"linear", "nearest", "cubic"}
                                                   : std::vector<std::string>{"bilinear", "nearest", "bicubic"};
  const std::string mode = node.text("mode", modes[0], modes);
  const std::vector<std::string> paddings = {"zeros", "border", "reflection"};
  const std::string padding = node.text("padding_mode", "zeros", paddings);
  const bool corners = node.flag("align_corners", false);
  const int64_t mode_number = std::find(modes.begin(), modes.end(), mode) - modes.begin();
  const int64_t padding_number = std::find(paddings.begin(), paddings.end(), padding) - paddings.begin();
  return one_output([=](OnnxInputs in) {
    // Values and points may be of different types; what is between two whole numbers is cut off.
    const at::ScalarType type = in[0].scalar_type();
    const at::ScalarType wide = type == at::kFloat || type == at::kDouble ? type
                                : at::isFloatingType(type)                ? at::kFloat
                                                                          : at::kDouble;
    return at::grid_sampler(in[0].to(wide), in[1].to(wide), mode_number, padding_number, corners).to(type);
  });
}

const OnnxRegistered resize_entries{
    {"GridSample", grid_sample, 16, "cubic over three dimensions"},
    {"Resize", resize, 10},
    {"Upsample", upsample, 7, "", 9},
};

}  // namespace
}  // namespace dlrun
