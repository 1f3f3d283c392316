// Lowering as a whole: what is refused and how it is told, sizes, the table of operators. Operators: lower/*_test.cpp.

#include "onnx/lower.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/error.h"
#include "nn/layer.h"
#include "nn/sequential.h"
#include "onnx/lower/call.h"
#include "onnx/lower/cases.h"
#include "support.h"

namespace dlrun::lower_test {
namespace {

using at::Tensor;

std::string problem_of(const test::Function& function, int64_t opset = 17) {
  test::FunctionNetwork network;
  network.function = function;
  network.set_training(false);
  try {
    build_onnx(test::subject_of(network, {4, 6, 6}), network, opset);
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "no problem";
}

}  // namespace

TEST_CASE("an operator without a form in ONNX is named with its module") {
  struct Fourier final : Layer {
    Tensor compute(const Tensor& x) override { return at::fft_rfft(x).abs(); }
  };
  struct Net final : SimpleNetwork {
    std::shared_ptr<Sequential> body = make<Sequential>("body");
    Net() { body->add<Fourier>(); }
    Tensor compute(const Tensor& x) override { return body->forward(x); }
  } net;
  net.set_training(false);
  test::FunctionNetwork shape;
  OnnxSubject subject = test::subject_of(shape, {4, 6, 6});
  subject.forward = [&](const Batch& batch) -> Batch { return {{"output", net.forward(batch["input"])}}; };
  try {
    build_onnx(subject, net, 17);
    FAIL("no error");
  } catch (const UserError& error) {
    CHECK_THAT(error.what(), Catch::Contains("aten::fft_rfft in body.0"));
  }
}

TEST_CASE("what the outputs do not need may be anything") {
  CHECK(problem_of([](const Tensor& x) {
          at::fft_rfft(x);
          return x + 1;
        }) == "no problem");
}

TEST_CASE("networks that no graph can hold are refused with the reason") {
  const auto other_operators = [](const Tensor& x) { return x.size(0) > 3 ? x.relu() : x.tanh(); };
  CHECK_THAT(problem_of(other_operators), Catch::Contains("runs other operators") && Catch::Contains("aten::tanh"));
  const auto random = [](const Tensor& x) { return x + at::randn({6}); };
  CHECK_THAT(problem_of(random), Catch::Contains("aten::randn"));
  const auto crooked = [](const Tensor& x) { return x + at::zeros({x.size(0) * x.size(0) * x.size(0)}).sum(); };
  CHECK_THAT(problem_of(crooked), Catch::Contains("follows the size of the input in no simple way"));
  const auto through_view = [](const Tensor& x) {
    const Tensor y = x + 1;
    y.select(1, 0).zero_();
    return y * 2;
  };
  CHECK_THAT(problem_of(through_view), Catch::Contains("changed in place through a view"));
  const auto outside = [](const Tensor& x) {
    Tensor ramp = at::empty({x.size(0), 1, 1, 1});
    for (int64_t i = 0; i < x.size(0); ++i) ramp.data_ptr<float>()[i] = static_cast<float>(i);
    return x + ramp;
  };
  CHECK_THAT(problem_of(outside), Catch::Contains("follows the size of the input"));
  CHECK_THAT(problem_of([](const Tensor& x) { return x.tril(); }, 13), Catch::Contains("needs opset 14"));
  CHECK_THAT(problem_of([](const Tensor& x) { return at::dropout(x, 0.5, true); }), Catch::Contains("while training"));
}

TEST_CASE("a size that follows the input is found from four recordings, or not at all") {
  const std::vector<DynamicSize> sizes = {{"n", "x", 0, {2, 3, 5, 4}}, {"t", "x", 1, {9, 7, 8, 6}}};
  const auto text = [&](std::vector<int64_t> recorded) {
    const auto found = fit(Integer(std::move(recorded)), sizes);
    if (!found) return std::string("nothing");
    std::string text;
    for (const SizeExpression::Term& term : found->terms) {
      text += std::to_string(term.factor);
      for (const size_t dimension : term.dimensions) text += " " + sizes[dimension].name;
      text += " + ";
    }
    return text + std::to_string(found->offset);
  };
  CHECK(text({7, 7, 7, 7}) == "7");
  CHECK(text({2, 3, 5, 4}) == "1 n + 0");
  CHECK(text({27, 21, 24, 18}) == "3 t + 0");
  CHECK(text({-1, 0, 2, 1}) == "1 n + -3");
  CHECK(text({36, 42, 80, 48}) == "2 n t + 0");
  CHECK(text({12, 11, 14, 11}) == "1 n + 1 t + 1");
  CHECK(text({4, 9, 25, 16}) == "1 n n + 0");
  CHECK(text({8, 27, 125, 64}) == "nothing");
}

TEST_CASE("docs/onnx_export.md lists the operators of the table") {
  const std::string page = test::read_bytes(test::source_dir() / "docs/onnx_export.md");
  const std::string list = page.substr(page.find("## Operators"));
  std::set<std::string> written;
  for (size_t at = list.find('`'); at != std::string::npos; at = list.find('`', at + 1)) {
    const size_t end = list.find('`', at + 1);
    const std::string name = list.substr(at + 1, end - at - 1);
    written.insert(name.find("::") == std::string::npos ? "aten::" + name : name);
    at = end;
  }
  const std::vector<std::string> names = lowered_operators();
  CHECK(written == std::set<std::string>(names.begin(), names.end()));
}

TEST_CASE("the table of lowerings is not lost by the linker") {
  const std::vector<std::string> names = lowered_operators();
  CHECK(names.size() > 200);
  CHECK(find_lowering("aten::relu_") == find_lowering("aten::relu"));
  CHECK(find_lowering("aten::nothing") == nullptr);
}

}  // namespace dlrun::lower_test
