// What the tap sees: operators, modules and gradients, with the numbers unchanged.

#include "tensor/tap.h"

#include <catch2/catch.hpp>
#include <set>

#include "nn/conv2d.h"
#include "nn/linear.h"
#include "nn/sequential.h"

namespace dlrun::tap_test {

namespace {

struct Net final : SimpleNetwork {
  std::shared_ptr<Sequential> body = make<Sequential>("body");
  Net() {
    at::manual_seed(1);
    body->add<Conv2d>(Conv2dOptions{.inputs = 1, .outputs = 2, .kernel = {3}});
    auto inner = body->add<Sequential>();
    inner->add<Linear>(4, 3);
  }
  at::Tensor compute(const at::Tensor& x) override { return body->forward(x).relu().sum(); }
};

std::vector<std::string> lines(const std::vector<TappedCall>& calls, bool backward) {
  std::vector<std::string> lines;
  for (const TappedCall& call : calls)
    if (call.backward == backward)
      lines.push_back(call.name() + " " + call.module + (backward ? " of " + call.gradient_of : ""));
  return lines;
}

}  // namespace

TEST_CASE("the tap names operators and the modules they ran in") {
  Net net;
  const at::Tensor x = at::randn({2, 1, 6, 6});
  const auto calls = tap([&] { net.forward(x); });
  CHECK(lines(calls, false) ==
        std::vector<std::string>{"aten::conv2d body.0", "aten::linear body.1.0", "aten::relu ", "aten::sum "});
  REQUIRE(calls[0].inputs().size() == 3);
  CHECK(calls[0].inputs()[0].is_same(x));
  CHECK(calls[0].outputs().at(0).sizes() == at::IntArrayRef({2, 2, 4, 4}));
  CHECK(calls[0].arguments[3].toIntVector() == std::vector<int64_t>{1});
}

TEST_CASE("operators of a backward pass carry the module of their forward operator") {
  Net net;
  const at::Tensor x = at::randn({2, 1, 6, 6});
  const auto calls = tap([&] { net.forward(x).backward(); });
  const auto seen = lines(calls, true);
  const auto has = [&](const std::string& line) { return std::find(seen.begin(), seen.end(), line) != seen.end(); };
  INFO(calls.size());
  for (const auto& line : seen) UNSCOPED_INFO(line);
  CHECK(has("aten::convolution_backward body.0 of aten::conv2d"));
  CHECK(has("aten::threshold_backward  of aten::relu"));
  CHECK(has("aten::mm body.1.0 of aten::linear"));
  // Only keeping a gradient that arrives at a parameter is no operator's.
  const std::set<std::string> arrival = {"aten::detach", "aten::new_empty_strided", "aten::copy_"};
  for (const TappedCall& call : calls) {
    INFO(call.name());
    if (call.backward) CHECK(call.gradient_of.empty() == (arrival.count(call.name()) > 0));
  }
}

TEST_CASE("a tapped step gives the same gradients, and a tap that throws leaves none behind") {
  const at::Tensor x = at::ones({2, 1, 6, 6});
  Net plain, tapped;
  plain.forward(x).backward();
  int count = 0;
  tap([&] { tapped.forward(x).backward(); }, [&](const TappedCall&) { ++count; });
  CHECK(count > 8);
  const auto a = plain.parameters(), b = tapped.parameters();
  for (size_t i = 0; i < a.size(); ++i) CHECK(a[i].tensor->grad().equal(b[i].tensor->grad()));

  CHECK_THROWS_AS(tap([&] { throw std::runtime_error("stop"); }), std::runtime_error);
  count = 0;
  const auto calls = tap([&] { at::relu(x); });
  CHECK(calls.size() == 1);
  CHECK_THROWS(tap([&] { tap([] {}); }));
}

}  // namespace dlrun::tap_test
