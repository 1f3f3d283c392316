// The evaluator against onnxruntime: every operator, opset by opset; and what it refuses.

#include "onnx/evaluator.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <set>

#include "base/error.h"
#include "onnx/exported.h"
#include "onnx/file.h"
#include "onnx/operators/operator.h"
#include "support.h"

namespace dlrun::evaluator_test {
namespace {

struct Case {
  OnnxModel model;
  std::map<std::string, at::Tensor> inputs, outputs;
};

// By "Operator/opset/what".
const std::map<std::string, Case>& cases() {
  static const std::map<std::string, Case> all = [] {
    std::map<std::string, Case> result;
    const OnnxModel file = read_onnx(test::source_dir() / "tests/golden/onnx_operators.onnx");
    for (const OnnxTensor& tensor : file.graph.initializers) {
      const size_t at = tensor.name.find_first_of("<>");
      Case& each = result[tensor.name.substr(0, at)];
      if (at == std::string::npos) {
        const at::Tensor bytes = tensor.value;
        const std::span<std::byte> span(static_cast<std::byte*>(bytes.data_ptr()), bytes.nbytes());
        each.model = read_onnx(FileBytes{nullptr, span}, tensor.name);
      } else {
        (tensor.name[at] == '<' ? each.inputs : each.outputs)[tensor.name.substr(at + 1)] = tensor.value;
      }
    }
    return result;
  }();
  return all;
}

// The largest difference, as a share of the largest number; infinite where one is not finite and the other is not the
// same.
double difference(const at::Tensor& actual, const at::Tensor& expected) {
  if (expected.numel() == 0) return 0;
  const at::Tensor a = actual.to(at::kDouble), b = expected.to(at::kDouble);
  if (!at::equal(a.isnan(), b.isnan())) return INFINITY;
  const at::Tensor same = a.eq(b) | b.isnan();
  const double scale = at::where(b.isfinite(), b.abs(), at::zeros_like(b)).max().item<double>();
  return at::where(same, at::zeros_like(a), (a - b).abs()).max().item<double>() / std::max(scale, 1e-3);
}

TEST_CASE("every operator gives what onnxruntime gives, in each opset that changed it") {
  REQUIRE(cases().size() > 400);
  for (const auto& [name, each] : cases()) {
    INFO(name);
    std::map<std::string, at::Tensor> found;
    try {
      found = OnnxEvaluator(each.model).run(each.inputs);
    } catch (const UserError& error) {
      FAIL_CHECK(error.what());
      continue;
    }
    REQUIRE(found.size() == each.outputs.size());
    for (const auto& [output, expected] : each.outputs) {
      INFO(output);
      const at::Tensor& actual = found.at(output);
      CHECK(actual.scalar_type() == expected.scalar_type());
      if (actual.sizes() != expected.sizes()) {
        FAIL_CHECK("its shape is " << actual.sizes() << ", expected " << expected.sizes());
        continue;
      }
      CHECK(difference(actual, expected) <= (expected.scalar_type() == at::kDouble ? 1e-12 : 3e-6));
    }
  }
}

TEST_CASE("every operator that is registered has a case") {
  std::set<std::string> tested;
  for (const auto& [name, each] : cases()) tested.insert(name.substr(0, name.find('/')));
  for (const auto& [name, each] : onnx_operators()) {
    INFO(name);
    CHECK(tested.contains(name));
  }
}

TEST_CASE("docs/onnx.md shows the evaluator's own table") {
  const std::string page = test::read_bytes(test::source_dir() / "docs/onnx.md");
  INFO("expected:\n" << onnx_operator_table());
  CHECK((page.find(onnx_operator_table()) != std::string::npos));
}

OnnxModel model_of(std::vector<OnnxNode> nodes, int64_t opset = 17) {
  OnnxModel model;
  model.opsets = {{"", opset}};
  model.graph.inputs = {{"x", at::kFloat, {"batch", 3}}, {"z", at::kFloat, {"batch", 1}}};
  model.graph.outputs = {{nodes.back().outputs[0], at::kFloat, {}, false}};
  model.graph.nodes = std::move(nodes);
  return model;
}

std::string refusal(const OnnxModel& model) {
  try {
    OnnxEvaluator evaluator(model);
    return "accepted";
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    return error.what();
  }
}

TEST_CASE("running changes neither inputs nor weights, and what is needed again stays") {
  OnnxModel model = model_of({{"Relu", "", "1", {"x"}, {"a"}, {}},
                              {"Identity", "", "2", {"x"}, {"same"}, {}},
                              {"Relu", "", "3", {"same"}, {"b"}, {}},
                              {"Relu", "", "4", {"w"}, {"c"}, {}},
                              {"Neg", "", "5", {"x"}, {"n"}, {}},
                              {"Relu", "", "6", {"n"}, {"m"}, {}},
                              {"Relu", "", "7", {"n"}, {"again"}, {}},
                              {"Expand", "", "8", {"z", "shape"}, {"wide"}, {}},
                              {"Relu", "", "9", {"wide"}, {"r"}, {}},
                              {"Sum", "", "10", {"a", "b", "c", "m", "again", "r"}, {"sum"}, {}},
                              {"Add", "", "11", {"sum", "sum"}, {"y"}, {}}});
  model.graph.initializers = {{"w", at::tensor({-1.0f, 2.0f, -3.0f})}, {"shape", at::tensor({2, 3}, at::kLong)}};
  const OnnxEvaluator evaluator(model);
  const at::Tensor x = at::tensor({-1.0f, 2.0f, -3.0f, 4.0f, -5.0f, 6.0f}).reshape({2, 3}), before = x.clone();
  const at::Tensor z = at::tensor({-1.0f, 2.0f}).reshape({2, 1}), w = model.graph.initializers[0].value;
  const at::Tensor expected = 2 * (2 * x.relu() + w.relu() + 2 * (-x).relu() + z.relu());
  for (int run = 0; run < 2; ++run) CHECK(at::equal(evaluator.run({{"x", x}, {"z", z}}).at("y"), expected));
  CHECK(at::equal(x, before));
  CHECK(at::equal(w, at::tensor({-1.0f, 2.0f, -3.0f})));
  CHECK(at::equal(z.flatten(), at::tensor({-1.0f, 2.0f})));
}

TEST_CASE("every node that cannot run is named before anything runs") {
  OnnxModel many = model_of({{"Relu", "", "fine", {"x"}, {"a"}, {}},
                             {"Unheard", "", "first", {"a"}, {"b"}, {}},
                             {"Relu", "com.example", "second", {"b"}, {"c"}, {}},
                             {"Softmax", "", "third", {"c"}, {"d"}, {{"axes", int64_t{1}}}},
                             {"Softmax", "", "fourth", {"d"}, {"e"}, {{"axis", 1.5f}}},
                             {"Gelu", "", "fifth", {"e"}, {"f"}, {}},
                             {"Add", "", "sixth", {"f"}, {"g"}, {}},
                             {"Relu", "", "seventh", {"f", "g"}, {"h"}, {}},
                             {"Relu", "", "eighth", {"f"}, {"i", "j"}, {}},
                             {"Conv", "", "ninth", {"f", "i"}, {"k"}, {{"auto_pad", "SAME"}}},
                             {"ReduceMax", "", "tenth", {"f", "i"}, {"l"}, {}}});
  many.opsets["com.example"] = 1;
  const std::string text = refusal(many);
  const char* const expected[] = {
      "node 'first' (Unheard): this operator is not supported\n",
      "node 'second' (Relu): operators of the domain 'com.example' are not supported\n",
      "node 'third' (Softmax): attribute 'axes' is not known in opset 17\n",
      "node 'fourth' (Softmax): attribute 'axis' must be INT, it is FLOAT\n",
      "node 'fifth' (Gelu): this operator is there since opset 20, the model is of 17\n",
      "node 'sixth' (Add): input 2 of at least 2 is missing\n",
      "node 'seventh' (Relu): it has 2 inputs, at most 1 are known\n",
      "node 'eighth' (Relu): it has 2 outputs, at most 1 are known\n",
      "node 'ninth' (Conv): attribute 'auto_pad' must be NOTSET, SAME_UPPER, SAME_LOWER or VALID, it is 'SAME'\n",
      "node 'tenth' (ReduceMax): it has 2 inputs, at most 1 are known",
  };
  OnnxModel with_domain = model_of({{"Relu", "com.example", "n", {"x"}, {"y"}, {}}});
  CHECK_THAT(refusal(with_domain), Catch::Contains("the model says no opset for its domain 'com.example'"));
  for (const char* line : expected) CHECK_THAT(text, Catch::Contains(line));
  for (const char* op : {"Squeeze", "Unsqueeze", "ReduceSum", "Split"}) {  // Axes were no input then.
    OnnxModel early = model_of({{op, "", "early", {"x", "z"}, {"y"}, {}}}, 12);
    CHECK_THAT(refusal(early), Catch::Contains("node 'early' (" + std::string(op) + "): it has 2 inputs, at most 1"));
  }
  OnnxModel model = model_of({{"Relu", "", "fine", {"x"}, {"a"}, {}}});
  for (const int64_t opset : {0, 24}) {
    model.opsets[""] = opset;
    CHECK(refusal(model) == "the model is of opset " + std::to_string(opset) + "; 1 to 23 can be run");
  }
  model.opsets[""] = 6;
  CHECK_THAT(refusal(model),
             Catch::Contains("node 'fine' (Relu): this operator is there since opset 7, the model is of 6"));
  OnnxModel old = model_of({{"Upsample", "", "up", {"x"}, {"y"}, {{"scales", std::vector<float>{1, 2}}}}}, 10);
  CHECK_THAT(refusal(old),
             Catch::Contains("node 'up' (Upsample): this operator is there until opset 9, the model is of 10"));
  for (const int64_t opset : {7, 12}) {
    model.opsets[""] = opset;
    CHECK(refusal(model) == "accepted");
  }
}

TEST_CASE("what goes in must fit what the model declares") {
  const OnnxEvaluator evaluator(model_of({{"Add", "", "sum", {"x", "z"}, {"y"}, {}}}));
  auto problem = [&](const std::map<std::string, at::Tensor>& inputs) -> std::string {
    try {
      evaluator.run(inputs);
      return "accepted";
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_data);
      return error.what();
    }
  };
  const at::Tensor x = at::ones({2, 3}), z = at::ones({2, 1});
  CHECK(problem({{"x", x}, {"z", z}}) == "accepted");
  CHECK(problem({{"x", x}}) == "input 'z': the model takes it, and it is missing");
  CHECK(problem({{"x", x}, {"z", z}, {"w", z}}) == "input 'w': the model takes no such input, but x, z");
  CHECK(problem({{"x", x.to(at::kDouble)}, {"z", z}}) == "input 'x': the model takes Float, it is Double");
  CHECK(problem({{"x", at::ones({2, 4})}, {"z", z}}) ==
        "input 'x': the model takes the shape [batch, 3], it is [2, 4]");
  CHECK(problem({{"x", at::ones({3})}, {"z", z}}) == "input 'x': the model takes the shape [batch, 3], it is [3]");
  CHECK(problem({{"x", x}, {"z", at::ones({4, 1})}}) ==
        "input 'z': its shape is [4, 1], but 'batch' is 2 in another input");
}

TEST_CASE("dimensions whose names say nothing are free, each by itself; others are one size") {
  for (const char* nothing : {"?", "-1", "None", ""}) {
    INFO(nothing);
    OnnxModel model = model_of({{"Add", "", "sum", {"x", "z"}, {"y"}, {}}});
    model.graph.inputs = {{"x", at::kFloat, {nothing, nothing}}, {"z", at::kFloat, {nothing, 1}}};
    const OnnxEvaluator evaluator(test::through_file(model, "model"));
    CHECK(evaluator.run({{"x", at::ones({2, 3})}, {"z", at::ones({1, 1})}}).at("y").sizes() == at::IntArrayRef({2, 3}));
  }
  OnnxModel named = model_of({{"Add", "", "sum", {"x", "z"}, {"y"}, {}}});
  named.graph.inputs = {{"x", at::kFloat, {"n", "m"}}, {"z", at::kFloat, {"n", 1}}};
  CHECK_THROWS_WITH(
      OnnxEvaluator(test::through_file(named, "model")).run({{"x", at::ones({2, 3})}, {"z", at::ones({1, 1})}}),
      Catch::Contains("but 'n' is 2 in another input"));
}

TEST_CASE("unsigned numbers beyond those of int64 are refused, not taken for negative ones") {
  OnnxModel model = model_of({{"Max", "", "most", {"x", "z"}, {"y"}, {}}});
  model.graph.inputs = {{"x", at::kUInt64, {2}}, {"z", at::kUInt64, {2}}};
  const OnnxEvaluator evaluator(model);
  const at::Tensor z = at::tensor({5, 1}, at::kLong).to(at::kUInt64);
  const at::Tensor most = evaluator.run({{"x", at::tensor({2, 9}, at::kLong).to(at::kUInt64)}, {"z", z}}).at("y");
  CHECK(most.scalar_type() == at::kUInt64);
  CHECK(at::equal(most.to(at::kLong), at::tensor({5, 9}, at::kLong)));
  CHECK_THROWS_WITH(evaluator.run({{"x", at::tensor({-1, 9}, at::kLong).to(at::kUInt64)}, {"z", z}}),
                    "node 'most' (Max): unsigned numbers of 2^63 and more are not supported");
}

TEST_CASE("a node whose inputs do not fit is named") {
  OnnxModel model = model_of({{"MatMul", "", "product", {"x", "x"}, {"y"}, {}}});
  CHECK_THROWS_WITH(OnnxEvaluator(model).run({{"x", at::ones({2, 3})}, {"z", at::ones({2, 1})}}),
                    Catch::StartsWith("node 'product' (MatMul): "));
  model = model_of({{"Gather", "", "pick", {"x", "i"}, {"y"}, {}}});
  model.graph.initializers = {{"i", at::tensor({0, 7}, at::kLong)}};
  CHECK_THROWS_WITH(OnnxEvaluator(model).run({{"x", at::ones({2, 3})}, {"z", at::ones({2, 1})}}),
                    "node 'pick' (Gather): index 7 is not among 2");
}

TEST_CASE("an input's initializer is its default") {
  OnnxModel model = model_of({{"Add", "", "sum", {"x", "z"}, {"y"}, {}}});
  model.graph.initializers = {{"z", at::full({2, 1}, 5.0)}};
  const OnnxEvaluator evaluator(model);
  const at::Tensor x = at::ones({2, 3});
  CHECK(at::equal(evaluator.run({{"x", x}}).at("y"), x + 5));
  CHECK(at::equal(evaluator.run({{"x", x}, {"z", at::ones({2, 1})}}).at("y"), x + 1));
  CHECK(at::equal(evaluator.run({{"x", x}}).at("y"), x + 5));
}

TEST_CASE("the watcher sees every node, and values are let go after their last use") {
  const OnnxEvaluator evaluator(model_of({{"Exp", "", "a", {"x"}, {"a"}, {}},
                                          {"Neg", "", "b", {"a"}, {"b"}, {}},
                                          {"Exp", "", "c", {"b"}, {"c"}, {}},
                                          {"Neg", "", "unused", {"c"}, {"u"}, {}},
                                          {"Add", "", "d", {"c", "z"}, {"d"}, {}}}));
  std::vector<std::string> seen;
  std::vector<c10::weak_intrusive_ptr<at::TensorImpl>> made;
  evaluator.run({{"x", at::ones({2, 3})}, {"z", at::ones({2, 1})}},
                [&](const OnnxNode& node, const std::vector<at::Tensor>& outputs) {
                  seen.push_back(node.name);
                  made.emplace_back(outputs.at(0).getIntrusivePtr());
                  if (node.name == "c") CHECK(made[0].expired());
                  if (node.name == "d") CHECK((made[1].expired() && made[3].expired() && !made[2].expired()));
                });
  CHECK(seen == std::vector<std::string>{"a", "b", "c", "unused", "d"});
}

TEST_CASE("numbers that would stop the process do not") {
  OnnxModel model;
  model.graph.inputs = {{"a", at::kLong, {1}}, {"b", at::kLong, {1}}};
  const at::Tensor least = at::full({1}, std::numeric_limits<int64_t>::min(), at::kLong),
                   one = at::full({1}, -1, at::kLong);
  for (const char* op : {"Div", "Mod"}) {
    model.graph.nodes = {{op, "", "n", {"a", "b"}, {"y"}, {}}};
    model.graph.outputs = {{"y", at::kLong, {1}}};
    const OnnxEvaluator evaluator(model);
    CHECK(evaluator.run({{"a", least}, {"b", one}}).at("y").numel() == 1);
    CHECK_THROWS_AS(evaluator.run({{"a", least}, {"b", at::zeros({1}, at::kLong)}}), UserError);
  }
}

}  // namespace
}  // namespace dlrun::evaluator_test
