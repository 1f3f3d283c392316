// Nonlinearities.

#include <cmath>
#include <numbers>

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

float as_float(double value) { return static_cast<float>(value); }

std::string gelu(Call& call, const std::string& x) {
  const bool tanh = call.text("approximate") == "tanh";
  if (call.graph.opset() >= 20) return call.add("Gelu", {x}, {{"approximate", std::string(tanh ? "tanh" : "none")}});
  const std::string half = call.add("Mul", {x, constant(call, 0.5)});
  std::string inner;
  if (tanh) {
    // tanh(sqrt(2 / pi) (x + 0.044715 x^3))
    const std::string square = call.add("Mul", {x, x});
    const std::string factor =
        call.add("Add", {call.add("Mul", {square, constant(call, 0.044715)}), constant(call, 1.0)});
    const std::string scaled = call.add("Mul", {x, constant(call, std::sqrt(2.0 / std::numbers::pi))});
    inner = call.add("Tanh", {call.add("Mul", {scaled, factor})});
  } else {
    inner = call.add("Erf", {call.add("Mul", {x, constant(call, std::numbers::sqrt2 / 2)})});
  }
  return call.add("Mul", {half, call.add("Add", {inner, constant(call, 1.0)})});
}

// min(max(x + 3, 0), 6) / 6
std::string hard_sigmoid(Call& call, const std::string& x) {
  return call.add("HardSigmoid", {x}, {{"alpha", as_float(1.0 / 6)}, {"beta", 0.5f}});
}

std::string softplus(Call& call, const std::string& x, double beta) {
  if (beta == 1.0) return call.add("Softplus", {x});
  const std::string scaled = call.add("Softplus", {call.add("Mul", {x, constant(call, beta)})});
  return call.add("Div", {scaled, constant(call, beta)});
}

const LoweringOf relu{{"relu"}, [](Call& call) { call.result(call.add("Relu", {call.tensor("self")})); }};
const LoweringOf relu6{{"relu6"}, [](Call& call) {
                         call.result(call.add("Clip", {call.tensor("self"), constant(call, 0), constant(call, 6)}));
                       }};
const LoweringOf tanh_of{{"tanh"}, [](Call& call) { call.result(call.add("Tanh", {call.tensor("self")})); }};
const LoweringOf sigmoid{{"sigmoid"}, [](Call& call) { call.result(call.add("Sigmoid", {call.tensor("self")})); }};
const LoweringOf gelu_of{{"gelu"}, [](Call& call) { call.result(gelu(call, call.tensor("self"))); }};

const LoweringOf silu{{"silu"}, [](Call& call) {
                        const std::string x = call.tensor("self");
                        call.result(call.add("Mul", {x, call.add("Sigmoid", {x})}));
                      }};

const LoweringOf leaky_relu{
    {"leaky_relu"}, [](Call& call) {
      call.result(call.add("LeakyRelu", {call.tensor("self")}, {{"alpha", as_float(call.number("negative_slope"))}}));
    }};

// In evaluation mode rrelu takes the middle of its slopes.
const LoweringOf rrelu{{"rrelu"}, [](Call& call) {
                         if (call.flag("training")) call.refuse("draws random slopes while training");
                         const double slope = (call.number("lower") + call.number("upper")) / 2;
                         call.result(call.add("LeakyRelu", {call.tensor("self")}, {{"alpha", as_float(slope)}}));
                       }};

// scale * (max(0, x) + min(0, alpha * (exp(input_scale * x) - 1)))
const LoweringOf elu{
    {"elu"}, [](Call& call) {
      if (call.number("input_scale") != 1.0) call.refuse("with an input_scale has no form in ONNX");
      const std::string x = call.add("Elu", {call.tensor("self")}, {{"alpha", as_float(call.number("alpha"))}});
      const double scale = call.number("scale");
      call.result(scale == 1.0 ? x : call.add("Mul", {x, constant(call, scale)}));
    }};

const LoweringOf selu{{"selu"}, [](Call& call) { call.result(call.add("Selu", {call.tensor("self")})); }};
const LoweringOf celu{
    {"celu"}, [](Call& call) {
      call.result(call.add("Celu", {call.tensor("self")}, {{"alpha", as_float(call.number("alpha"))}}));
    }};

const LoweringOf hardtanh{{"hardtanh"}, [](Call& call) {
                            call.result(call.add("Clip", {call.tensor("self"), constant(call, call.number("min_val")),
                                                          constant(call, call.number("max_val"))}));
                          }};
const LoweringOf hardsigmoid{{"hardsigmoid"}, [](Call& call) { call.result(hard_sigmoid(call, call.tensor("self"))); }};
const LoweringOf hardswish{{"hardswish"}, [](Call& call) {
                             const std::string x = call.tensor("self");
                             call.result(call.add("Mul", {x, hard_sigmoid(call, x)}));
                           }};

// Beyond the threshold softplus is the identity to rounding, and is left as it is.
const LoweringOf softplus_of{{"softplus"},
                             [](Call& call) { call.result(softplus(call, call.tensor("self"), call.number("beta"))); }};
const LoweringOf log_sigmoid{{"log_sigmoid"}, [](Call& call) {
                               const std::string negative = call.add("Neg", {call.tensor("self")});
                               call.result(call.add("Neg", {call.add("Softplus", {negative})}));
                             }};
const LoweringOf mish{{"mish"}, [](Call& call) {
                        const std::string x = call.tensor("self");
                        call.result(call.add("Mul", {x, call.add("Tanh", {call.add("Softplus", {x})})}));
                      }};
const LoweringOf softshrink{
    {"softshrink"}, [](Call& call) {
      const float bound = as_float(call.number("lambd"));
      call.result(call.add("Shrink", {call.tensor("self")}, {{"lambd", bound}, {"bias", bound}}));
    }};
const LoweringOf hardshrink{{"hardshrink"}, [](Call& call) {
                              call.result(call.add("Shrink", {call.tensor("self")},
                                                   {{"lambd", as_float(call.number("lambd"))}, {"bias", 0.0f}}));
                            }};

const LoweringOf threshold{
    {"threshold"}, [](Call& call) {
      const std::string x = call.tensor("self");
      const std::string above = call.add("Greater", {x, call.operand("threshold", call.type("self"))});
      call.result(call.add("Where", {above, x, call.operand("value", call.type("self"))}));
    }};

// One slope, or one per channel (the second dimension).
const LoweringOf prelu{{"prelu"}, [](Call& call) {
                         std::string slope = call.tensor("weight");
                         const int64_t rank = call.rank("self");
                         std::vector<Integer> shape(static_cast<size_t>(std::max<int64_t>(rank - 1, 1)), Integer(1));
                         shape[0] = call.rank("weight") == 0 ? Integer(1) : call.shape("weight")[0];
                         call.result(call.add("PRelu", {call.tensor("self"), call.reshape(slope, shape)}));
                       }};

const LoweringOf glu{{"glu"}, [](Call& call) {
                       const int64_t dim = call.axis("dim", call.rank("self"));
                       const int64_t half = call.fixed(call.shape("self")[dim]) / 2;
                       const auto parts = call.graph.add_many(
                           "Split", {call.tensor("self"), call.graph.integers({half, half})}, 2, {{"axis", dim}});
                       call.result(call.add("Mul", {parts[0], call.add("Sigmoid", {parts[1]})}));
                     }};

std::string softmax(Call& call, const char* op) {
  const at::ScalarType type = call.result_type();
  const std::string x = call.graph.cast(call.tensor("self"), call.type("self"), type);
  return call.add(op, {x}, {{"axis", call.axis("dim", call.rank("self"))}});
}

const LoweringOf softmax_of{{"softmax", "_softmax", "special_softmax"},
                            [](Call& call) { call.result(softmax(call, "Softmax")); }};
const LoweringOf log_softmax{{"log_softmax", "_log_softmax", "special_log_softmax"},
                             [](Call& call) { call.result(softmax(call, "LogSoftmax")); }};

// In evaluation mode dropout passes its input on.
const LoweringOf dropout{{"dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "native_dropout"},
                         [](Call& call) {
                           if (call.flag("train")) call.refuse("drops at random while training");
                           call.result(call.tensor("input"));
                         }};

}  // namespace
}  // namespace dlrun
