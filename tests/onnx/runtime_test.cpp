// onnxruntime as a second witness. What needs its library is skipped where none is found.

#include "onnx/runtime.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/error.h"
#include "onnx/evaluator.h"
#include "onnx/file.h"
#include "support.h"

namespace dlrun::runtime_test {
namespace {

// A variable of the environment, until the end of the scope.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (before_)
      setenv(name_, before_->c_str(), 1);
    else
      unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

std::shared_ptr<const OnnxRuntime> runtime_or_skip() {
  auto runtime = OnnxRuntime::find();
  if (!runtime) test::skip("no onnxruntime library (name it in DLRUN_ONNXRUNTIME)");
  return runtime;
}

std::string error_of(const std::function<void()>& work, ExitCode code) {
  try {
    work();
  } catch (const UserError& error) {
    CHECK(error.code() == code);
    return error.what();
  }
  return "no error";
}

// y = 2 x + [1, 2, 3] and z = x as int64.
OnnxModel small_model() {
  OnnxModel model;
  model.graph.name = "small";
  model.graph.inputs = {{"x", at::kFloat, {"batch", int64_t{3}}}};
  model.graph.outputs = {{"y", at::kFloat, {"batch", int64_t{3}}}, {"z", at::kLong, {"batch", int64_t{3}}}};
  model.graph.initializers = {{"two", at::full({}, 2.0f)}, {"shift", at::tensor({1.0f, 2.0f, 3.0f})}};
  model.graph.nodes = {{"Mul", "", "mul", {"x", "two"}, {"twice"}, {}},
                       {"Add", "", "add", {"twice", "shift"}, {"y"}, {}},
                       {"Cast", "", "cast", {"x"}, {"z"}, {{"to", int64_t{7}}}}};
  return model;
}

TEST_CASE("onnxruntime answers with values of its own, in every type, for empty batches too") {
  const auto runtime = runtime_or_skip();
  if (!runtime) return;
  CHECK_THAT(runtime->version(), Catch::Matches("[0-9]+\\.[0-9]+\\.[0-9]+.*"));
  const test::TempDir temp;
  write_onnx(small_model(), temp / "small.onnx");
  const OnnxRuntimeSession session(runtime, temp / "small.onnx", 1);
  for (const int64_t rows : {0, 1, 5}) {
    INFO(rows);
    // Not contiguous: columns of a wider tensor.
    const at::Tensor x = at::arange(rows * 6, at::kFloat).reshape({rows, 6}).narrow(1, 1, 3);
    const auto answers = session.run({{"x", x}});
    REQUIRE(answers.size() == 2);
    CHECK(at::equal(answers.at("y"), 2 * x + at::tensor({1.0f, 2.0f, 3.0f})));
    CHECK(at::equal(answers.at("z"), x.to(at::kLong)));
  }
}

TEST_CASE("what onnxruntime objects to is told in its words") {
  const auto runtime = runtime_or_skip();
  if (!runtime) return;
  const test::TempDir temp;
  write_onnx(small_model(), temp / "small.onnx");
  const OnnxRuntimeSession session(runtime, temp / "small.onnx", 1);
  CHECK_THAT(error_of(
                 [&] {
                   session.run({{"x", at::ones({2, 4})}});
                 },
                 ExitCode::bad_data),
             Catch::Contains("small.onnx: onnxruntime") && Catch::Contains("dimensions"));
  CHECK_THAT(error_of(
                 [&] {
                   session.run({{"x", at::ones({2, 3}, at::kLong)}});
                 },
                 ExitCode::bad_data),
             Catch::Contains("type"));
  CHECK_THAT(error_of([&] { session.run({}); }, ExitCode::bad_data), Catch::Contains("onnxruntime"));
  OnnxModel unheard = small_model();
  unheard.graph.nodes[0].op = "Unheard";
  write_onnx(unheard, temp / "unheard.onnx");
  CHECK_THAT(error_of([&] { OnnxRuntimeSession(runtime, temp / "unheard.onnx", 1); }, ExitCode::bad_data),
             Catch::Contains("Unheard"));
  temp.write("text.onnx", "no protobuf");
  CHECK_THAT(error_of([&] { OnnxRuntimeSession(runtime, temp / "text.onnx", 1); }, ExitCode::bad_data),
             Catch::Contains("text.onnx"));
}

TEST_CASE("what is no onnxruntime, or an old one, is refused by name") {
  const test::TempDir temp;
  const auto refusal = [](const std::string& library) {
    const Variable variable("DLRUN_ONNXRUNTIME", library);
    return error_of([] { OnnxRuntime::find(); }, ExitCode::no_input);
  };
  CHECK_THAT(refusal(temp / "missing.so"), Catch::Contains("missing.so: cannot be loaded"));
  CHECK_THAT(refusal(temp.write("text.so", "no library")), Catch::Contains("text.so: cannot be loaded"));
  CHECK_THAT(refusal(temp.path().string()), Catch::Contains("no libonnxruntime.so*"));
  CHECK_THAT(refusal("libm.so.6"), Catch::Contains("is not onnxruntime"));
  CHECK_THAT(
      refusal((std::filesystem::read_symlink("/proc/self/exe").parent_path() / "libold_onnxruntime.so").string()),
      Catch::Contains("onnxruntime 1.8.2 is too old, 1.12 or later is needed"));
}

TEST_CASE("onnxruntime can be switched off") {
  const Variable variable("DLRUN_ONNXRUNTIME", "off");
  CHECK_FALSE(OnnxRuntime::find());
}

}  // namespace
}  // namespace dlrun::runtime_test
