// The first number that is not finite: batch, weight, or the operator that made it, forward and backward.

#include "step/fault.h"

#include <catch2/catch.hpp>
#include <limits>

#include "nn/layer.h"
#include "nn/linear.h"

namespace dlrun::fault_test {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct FunctionLayer final : Layer {
  std::function<at::Tensor(const at::Tensor&)> function;
  at::Tensor compute(const at::Tensor& input) override { return function(input); }
};

// linear, then a function in a module called "middle", then the mean.
struct Net final : SimpleNetwork {
  explicit Net(std::function<at::Tensor(const at::Tensor&)> function) {
    at::manual_seed(1);
    first = make<Linear>("first", 3, 2);
    middle = make<FunctionLayer>("middle");
    middle->function = std::move(function);
  }
  at::Tensor compute(const at::Tensor& input) override { return middle->forward(first->forward(input)); }
  std::shared_ptr<Linear> first;
  std::shared_ptr<FunctionLayer> middle;
};

Batch batch_of(at::Tensor input) {
  Batch batch{{"input", input}};
  batch.count = input.size(0);
  return batch;
}

// Rows 1 and 3 of four are the only ones whose outputs are below zero.
Batch signs() {
  at::Tensor input = at::ones({4, 3});
  input[1].neg_();
  input[3].neg_();
  return batch_of(input);
}

Fault fault_of(Net& net, const Batch& batch) {
  c10::NoGradGuard off;
  net.first->weight.fill_(1);
  net.first->bias.zero_();
  at::AutoGradMode on(true);
  return find_fault(net, batch, [&](RowRange&) { net.forward(batch)["output"].mean().backward(); });
}

}  // namespace

TEST_CASE("the operator of a forward pass is named with its module, its input and the samples") {
  Net net([](const at::Tensor& x) { return at::log(x); });
  const Fault fault = fault_of(net, signs());
  CHECK(fault.kind == Fault::Kind::operation);
  CHECK(fault.name == "aten::log");
  CHECK(fault.module == "middle");
  CHECK_FALSE(fault.backward);
  REQUIRE(fault.inputs.size() == 1);
  CHECK(fault.inputs[0].finite());
  CHECK(fault.inputs[0].shape == std::vector<int64_t>{4, 2});
  CHECK(*fault.inputs[0].least == -3);
  CHECK(*fault.inputs[0].greatest == 3);
  REQUIRE(fault.outputs.size() == 1);
  CHECK(fault.outputs[0].nans == 4);
  CHECK(fault.rows == std::vector<int64_t>{1, 3});
  CHECK(fault.text().find("aten::log in middle, forward, from finite input") != std::string::npos);
}

TEST_CASE("an operator that overwrites its input is named with what the input was") {
  Net net([](const at::Tensor& x) { return at::mul(x, 2).log_(); });
  const Fault fault = fault_of(net, signs());
  CHECK(fault.name == "aten::log_");
  REQUIRE(fault.inputs.size() == 1);
  CHECK(fault.inputs[0].finite());
  CHECK(*fault.inputs[0].least == -6);
  CHECK(fault.rows == std::vector<int64_t>{1, 3});
}

TEST_CASE("an operator of the backward pass is named with the forward operator it belongs to") {
  // The root of 0 has an infinite slope; times 0 that is NaN. The loss is finite.
  Net net([](const at::Tensor& x) { return at::sqrt(at::relu(x)); });
  const Fault fault = fault_of(net, signs());
  CHECK(fault.kind == Fault::Kind::operation);
  CHECK(fault.backward);
  CHECK(fault.gradient_of == "aten::sqrt");
  CHECK(fault.module == "middle");
  CHECK(fault.rows == std::vector<int64_t>{1, 3});
  for (const Content& input : fault.inputs) CHECK(input.finite());
}

TEST_CASE("infinities that were written down are no fault, but a NaN that comes of them is") {
  Net masked([](const at::Tensor& x) { return at::softmax(x.masked_fill(x < 0, -infinity) + 1, 0); });
  CHECK(fault_of(masked, signs()).kind == Fault::Kind::none);
  Net all([](const at::Tensor& x) { return at::softmax(x.masked_fill(x < infinity, -infinity), 1); });
  const Fault fault = fault_of(all, signs());
  CHECK(fault.name == "aten::softmax");
  CHECK(fault.outputs[0].nans == 8);
}

TEST_CASE("memory that is not written yet is not looked at") {
  Net net([](const at::Tensor& x) {
    at::Tensor fresh = at::empty({4, 2});
    std::fill_n(fresh.data_ptr<float>(), 8, std::numeric_limits<float>::quiet_NaN());
    fresh.slice(0, 0, 2);
    return x + fresh.zero_();
  });
  CHECK(fault_of(net, signs()).kind == Fault::Kind::none);
}

TEST_CASE("a batch and a weight that are not finite are said before any operator") {
  Net net([](const at::Tensor& x) { return x; });
  Batch batch = signs();
  batch["input"][2][1] = infinity;
  Fault fault = fault_of(net, batch);
  CHECK(fault.kind == Fault::Kind::batch);
  CHECK(fault.name == "input");
  CHECK(fault.rows == std::vector<int64_t>{2});
  CHECK(fault.text() == "The batch itself is not finite: input is float [4, 3], -1 to 1, 1 infinite.");

  Net broken([](const at::Tensor& x) { return x; });
  {
    c10::NoGradGuard off;
    broken.first->weight[0][0] = std::numeric_limits<float>::quiet_NaN();
  }
  fault = find_fault(broken, signs(), [](RowRange&) { FAIL("not needed"); });
  CHECK(fault.kind == Fault::Kind::weight);
  CHECK(fault.name == "first.weight");
}

TEST_CASE("rows are counted over all parts of a batch") {
  Net net([](const at::Tensor& x) { return at::log(x); });
  const Batch whole = signs();
  c10::NoGradGuard off;
  net.first->weight.fill_(1);
  net.first->bias.zero_();
  at::AutoGradMode on(true);
  const Fault fault = find_fault(net, whole, [&](RowRange& rows) {
    for (int64_t begin : {0, 2}) {
      rows = {begin, 2};
      const Batch part = batch_of(whole["input"].narrow(0, begin, 2));
      // Only the second part is at fault: its second row.
      const at::Tensor out = net.forward(begin == 0 ? part["input"].abs() : part["input"]);
      out.mean().backward();
    }
  });
  CHECK(fault.rows == std::vector<int64_t>{3});
}

}  // namespace dlrun::fault_test
