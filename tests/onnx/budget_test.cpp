// Models that ask for everything: each is refused in no time and names the node.

#include "onnx/budget.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "heap_peak.h"
#include "onnx/evaluator.h"

namespace dlrun::budget_test {
namespace {

at::Tensor integers(std::vector<int64_t> values) { return at::tensor(at::IntArrayRef(values), at::kLong); }

OnnxModel model_of(std::vector<OnnxNode> nodes, std::vector<OnnxTensor> constants, int64_t opset = 18) {
  OnnxModel model;
  model.opsets = {{"", opset}};
  model.graph.initializers = std::move(constants);
  model.graph.outputs = {{nodes.back().outputs[0], at::ScalarType::Undefined, {}, false}};
  model.graph.nodes = std::move(nodes);
  return model;
}

std::string refusal(const OnnxModel& model, const OnnxLimits& limits = {.memory = 64 << 20}) {
  try {
    OnnxEvaluator(model, limits).run({});
    return "accepted";
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    return error.what();
  }
}

TEST_CASE("a small model cannot ask for a large value") {
  constexpr int64_t large = int64_t{1} << 40;
  const at::Tensor x = at::ones({1, 1, 4, 4}), one = at::ones({1}), number = at::scalar_tensor(large, at::kLong);
  struct Row {
    OnnxNode node;
    std::vector<OnnxTensor> constants;
  };
  using Attributes = decltype(OnnxNode::attributes);
  const Row rows[] = {
      {{"Tile", "", "n", {"x", "r"}, {"y"}, {}}, {{"x", one}, {"r", integers({large})}}},
      {{"Expand", "", "n", {"x", "s"}, {"y"}, {}}, {{"x", one}, {"s", integers({large})}}},
      {{"Expand", "", "n", {"x", "s"}, {"y"}, {}}, {{"x", one}, {"s", integers({large, large})}}},
      {{"Expand", "", "n", {"x", "s"}, {"y"}, {}}, {{"x", one}, {"s", integers({0, large})}}},
      {{"ConstantOfShape", "", "n", {"s"}, {"y"}, {}}, {{"s", integers({large, large, large})}}},
      {{"ConstantOfShape", "", "n", {"s"}, {"y"}, {}}, {{"s", integers({large})}}},
      {{"Range", "", "n", {"a", "b", "c"}, {"y"}, {}},
       {{"a", integers({0})}, {"b", integers({large})}, {"c", integers({1})}}},
      {{"Range", "", "n", {"a", "b", "c"}, {"y"}, {}},
       {{"a", at::zeros({1})}, {"b", at::full({1}, 1e12)}, {"c", at::ones({1})}}},
      {{"Pad", "", "n", {"x", "p"}, {"y"}, {}}, {{"x", one}, {"p", integers({0, large})}}},
      {{"Pad", "", "n", {"x", "p"}, {"y"}, Attributes{{"mode", "edge"}}}, {{"x", one}, {"p", integers({0, large})}}},
      {{"Pad", "", "n", {"x", "p"}, {"y"}, Attributes{{"mode", "reflect"}}},
       {{"x", at::ones({3})}, {"p", integers({large, 0})}}},
      {{"OneHot", "", "n", {"i", "d", "v"}, {"y"}, {}},
       {{"i", integers({1})}, {"d", number}, {"v", at::arange(2, at::kFloat)}}},
      {{"Resize", "", "n", {"x", "", "s"}, {"y"}, {}}, {{"x", x}, {"s", at::tensor({1.0f, 1.0f, 1e10f, 1.0f})}}},
      {{"Resize", "", "n", {"x", "", "", "s"}, {"y"}, Attributes{{"mode", "cubic"}}},
       {{"x", x}, {"s", integers({1, 1, large / 64, 4})}}},
      {{"ConvTranspose", "", "n", {"x", "w"}, {"y"}, Attributes{{"strides", std::vector<int64_t>{1 << 30, 1 << 30}}}},
       {{"x", x}, {"w", at::ones({1, 1, 1, 1})}}},
      {{"Conv", "", "n", {"x", "w"}, {"y"}, Attributes{{"pads", std::vector<int64_t>{0, 0, 1 << 30, 1 << 30}}}},
       {{"x", x}, {"w", at::ones({1, 1, 1, 1})}}},
      {{"MaxPool",
        "",
        "n",
        {"x"},
        {"y"},
        Attributes{{"kernel_shape", std::vector<int64_t>{1, 1}},
                   {"pads", std::vector<int64_t>{0, 0, 1 << 30, 1 << 30}}}},
       {{"x", x}}},
      {{"MatMul", "", "n", {"a", "b"}, {"y"}, {}}, {{"a", at::ones({1 << 14, 1})}, {"b", at::ones({1, 1 << 14})}}},
      {{"Add", "", "n", {"a", "b"}, {"y"}, {}}, {{"a", at::ones({1 << 14, 1})}, {"b", at::ones({1, 1 << 14})}}},
      {{"Einsum", "", "n", {"a", "a"}, {"y"}, Attributes{{"equation", "i,j->ij"}}}, {{"a", at::ones({1 << 14})}}},
  };
  for (const Row& row : rows) {
    INFO(row.node.op << " " << row.node.attributes.size());
    const std::string text = refusal(model_of({row.node}, row.constants));
    INFO(text);
    CHECK_THAT(text, Catch::StartsWith("node 'n' (" + row.node.op + "): "));
    CHECK((text.find("it asks for") != std::string::npos || text.find("more than the limit") != std::string::npos ||
           text.find("overflow") != std::string::npos || text.find("cannot be scaled") != std::string::npos));
  }
}

TEST_CASE("a value that takes no memory still counts as if written out") {
  // Summing 2^50 ones that are all the same one would take days.
  const OnnxModel model =
      model_of({{"Expand", "", "wide", {"x", "s"}, {"e"}, {}}, {"ReduceSum", "", "sum", {"e"}, {"y"}, {}}},
               {{"x", at::ones({1})}, {"s", integers({int64_t{1} << 50})}});
  CHECK(refusal(model) ==
        "node 'wide' (Expand): a value of the shape [1125899906842624] takes 4.0 PiB, more than the "
        "limit of 64 MiB");
}

// A loop of this many rounds around `nodes`, which make "v".
OnnxNode loop_of(const std::string& name, std::vector<OnnxNode> nodes, const std::string& made = "v") {
  auto body = std::make_shared<OnnxGraph>();
  body->inputs = {{name + "i", at::kLong, {}}, {name + "c", at::kBool, {}}};
  body->outputs = {{name + "c", at::kBool, {}}};
  if (!nodes.empty()) body->outputs.push_back({made, at::ScalarType::Undefined, {}, false});
  body->nodes = std::move(nodes);
  return {"Loop",
          "",
          name,
          {"rounds", ""},
          body->outputs.size() > 1 ? std::vector<std::string>{"y" + name} : std::vector<std::string>{},
          {{"body", body}}};
}

TEST_CASE("a loop without end ends") {
  const std::vector<OnnxTensor> endless = {
      {"rounds", at::scalar_tensor(std::numeric_limits<int64_t>::max(), at::kLong)}, {"x", at::ones({3})}};
  const OnnxLimits few{.memory = 64 << 20, .nodes = 10000};
  const std::string never = "with it the model runs more than 10,000 nodes: it may never end";
  SECTION("with nodes in it") {
    const OnnxModel model = model_of({loop_of("l", {{"Neg", "", "inner", {"x"}, {"v"}, {}}})}, endless);
    CHECK_THAT(refusal(model, few), Catch::EndsWith(never));
  }
  SECTION("with nothing in it") {
    OnnxModel model = model_of({{"Neg", "", "n", {"x"}, {"y"}, {}}}, endless);
    model.graph.nodes.push_back(loop_of("l", {}));
    CHECK(refusal(model, few) == "node 'l' (Loop): " + never);
  }
  SECTION("within a loop") {
    const OnnxNode inner = loop_of("k", {{"Neg", "", "inner", {"x"}, {"v"}, {}}});
    const OnnxModel model = model_of({loop_of("l", {inner}, "yk")}, endless);
    CHECK_THAT(refusal(model, few), Catch::EndsWith(never));
  }
  SECTION("by the time that has gone") {
    const OnnxModel model = model_of({loop_of("l", {{"Neg", "", "inner", {"x"}, {"v"}, {}}})}, endless);
    CHECK_THAT(refusal(model, {.seconds = 0.02}), Catch::EndsWith("the model has run for longer than 0.02 s"));
  }
  SECTION("by what it keeps") {
    const OnnxModel model = model_of({loop_of("l", {{"Unsqueeze", "", "inner", {"x", "axes"}, {"v"}, {}}})},
                                     {endless[0], endless[1], {"axes", integers({0})}});
    CHECK_THAT(refusal(model, {.memory = 1 << 20}), Catch::StartsWith("node 'l' (Loop): it asks for"));
  }
  SECTION("and a small one is none") {
    OnnxModel model = model_of({loop_of("l", {{"Neg", "", "inner", {"x"}, {"v"}, {}}})}, endless);
    model.graph.initializers[0].value = at::scalar_tensor(4000, at::kLong);
    CHECK(refusal(model, few) == "accepted");
  }
}

TEST_CASE("a region beyond all numbers is refused") {
  const OnnxNode node{"Resize", "",
                      "n",      {"x", "r", "", "s"},
                      {"y"},    {{"coordinate_transformation_mode", "tf_crop_and_resize"}, {"mode", "linear"}}};
  for (const float end : {1e30f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    const at::Tensor region = at::tensor({0.0f, 0.0f, 0.0f, 0.0f, 1.0f, 1.0f, end, 1.0f});
    const OnnxModel model =
        model_of({node}, {{"x", at::ones({1, 1, 4, 4})}, {"r", region}, {"s", integers({1, 1, 8, 4})}});
    CHECK_THAT(refusal(model), Catch::StartsWith("node 'n' (Resize): its region reaches to element"));
  }
}

TEST_CASE("a sequence without end is none") {
  const OnnxNode node{"RNN", "", "r", {"x", "w", "u"}, {"y"}, {{"hidden_size", int64_t{1}}}};
  const std::vector<OnnxTensor> weights = {{"w", at::ones({1, 1, 1})}, {"u", at::ones({1, 1, 1})}};
  std::vector<OnnxTensor> constants = weights;
  constants.push_back({"x", at::ones({20000, 1, 1})});
  CHECK(refusal(model_of({node}, constants), {.nodes = 10000}) ==
        "node 'r' (RNN): with it the model runs more than 10,000 nodes: it may never end");
  constants.back().value = at::ones({int64_t{1} << 40, 0, 1});
  CHECK_THAT(refusal(model_of({node}, constants)), Catch::StartsWith("node 'r' (RNN): "));
}

TEST_CASE("a node whose multiplications nobody could wait for is refused") {
  const OnnxLimits limits{.operations = 1e6};
  const at::Tensor square = at::ones({200, 200}), picture = at::ones({1, 1, 64, 64});
  const std::string more = "multiplications, more than the limit of 1e+06";
  CHECK_THAT(refusal(model_of({{"MatMul", "", "n", {"a", "a"}, {"y"}, {}}}, {{"a", square}}), limits),
             Catch::EndsWith(more));
  CHECK_THAT(refusal(model_of({{"Gemm", "", "n", {"a", "a"}, {"y"}, {}}}, {{"a", square}}), limits),
             Catch::EndsWith(more));
  CHECK_THAT(
      refusal(model_of({{"Einsum", "", "n", {"a", "a"}, {"y"}, {{"equation", "ij, jk -> ik"}}}}, {{"a", square}}),
              limits),
      Catch::EndsWith(more));
  CHECK_THAT(
      refusal(model_of({{"Einsum", "", "n", {"a", "a"}, {"y"}, {{"equation", "...j,...j->..."}}}}, {{"a", square}}),
              limits),
      Catch::Equals("accepted"));
  CHECK_THAT(
      refusal(model_of({{"Conv", "", "n", {"x", "w"}, {"y"}, {}}}, {{"x", picture}, {"w", at::ones({1, 1, 30, 30})}}),
              limits),
      Catch::EndsWith(more));
  CHECK_THAT(refusal(model_of({{"ConvTranspose", "", "n", {"x", "w"}, {"y"}, {}}},
                              {{"x", picture}, {"w", at::ones({1, 1, 30, 30})}}),
                     limits),
             Catch::EndsWith(more));
  CHECK_THAT(
      refusal(model_of({{"AveragePool", "", "n", {"x"}, {"y"}, {{"kernel_shape", std::vector<int64_t>{30, 30}}}}},
                       {{"x", picture}}),
              limits),
      Catch::EndsWith(more));
  CHECK(refusal(model_of({{"MatMul", "", "n", {"a", "a"}, {"y"}, {}}}, {{"a", at::ones({100, 100})}}), limits) ==
        "accepted");
}

TEST_CASE("what a run takes stays within its bound") {
  if (!test::can_count_heap()) return;
  // Ten values of 4 MiB, of which two are alive at once.
  std::vector<OnnxNode> nodes;
  for (int i = 0; i < 10; ++i)
    nodes.push_back({"Exp",
                     "",
                     "e" + std::to_string(i),
                     {i == 0 ? "x" : "v" + std::to_string(i - 1)},
                     {"v" + std::to_string(i)},
                     {}});
  const OnnxModel model = model_of(nodes, {{"x", at::zeros({1 << 20})}});
  CHECK(refusal(model, {.memory = 9 << 20}) == "accepted");
  CHECK_THAT(refusal(model, {.memory = 7 << 20}), Catch::StartsWith("node 'e1' (Exp): it asks for 4.0 MiB of memory"));
  const OnnxEvaluator evaluator(model, {.memory = 9 << 20});
  const test::HeapPeak heap;
  evaluator.run({});
  CHECK(heap.peak() < 9 << 20);
  CHECK(heap.peak() > 8 << 20);
}

}  // namespace
}  // namespace dlrun::budget_test
