// Mixed precision against torch.autocast.

#include "tensor/autocast.h"

#include <catch2/catch.hpp>

#include "models/support.h"
#include "tensor/dropout.h"

namespace dlrun::autocast_test {
namespace {

std::shared_ptr<Network> mixed_mlp() {
  auto mlp = architecture("mlp");
  set(*mlp, "widths", std::vector<int64_t>{8, 6});
  set(*mlp, "norm", std::string("layer"));
  return mlp->build(of_numbers({3, 2, 2}, 5));
}

std::shared_ptr<Network> mixed_cnn() {
  auto cnn = architecture("cnn");
  for (Field& field : cnn->fields()) {
    if (field.name != "blocks") continue;
    AnyList& blocks = *std::get<AnyList*>(field.slot);
    blocks.values.resize(1);
    set(*blocks.values.at(0), "channels", int64_t{8});
  }
  set(group(*cnn, "head"), "widths", std::vector<int64_t>{});
  return cnn->build(of_numbers({3, 8, 8}, 5));
}

struct OwnOperator final : SimpleNetwork {
  OwnOperator() { set_precision(at::kBFloat16); }
  at::Tensor compute(const at::Tensor& input) override {
    CHECK(at::mm(input, input).scalar_type() == at::kBFloat16);
    const at::Tensor kept = dropout(input, 0.5);
    CHECK(kept.scalar_type() == at::kFloat);  // It has no narrow form.
    return at::mm(kept, kept);
  }
};

}  // namespace

TEST_CASE("networks in mixed precision compute what torch.autocast computes, and float comes out") {
  const nlohmann::json golden = read_golden("autocast");
  for (const auto& [name, type] : {std::pair("bf16-mixed", at::kBFloat16), std::pair("16-mixed", at::kHalf)}) {
    if (const std::string problem = autocast_problem(type, at::kCPU); !problem.empty()) {
      WARN(name << " is left out: " << problem);
      continue;
    }
    for (const auto& [which, network, input] : {std::tuple("mlp", mixed_mlp(), numbers({4, 3, 2, 2})),
                                                std::tuple("cnn", mixed_cnn(), numbers({2, 3, 8, 8}))}) {
      INFO(name << " " << which);
      fill_by_formula(*network);
      const at::Tensor exact = network->forward({{"input", input}})["output"].detach();
      fill_by_formula(*network);
      network->set_precision(type);
      const at::Tensor output = network->forward({{"input", input}})["output"];
      CHECK(output.scalar_type() == at::kFloat);
      const nlohmann::json& wanted = golden[std::string(name) + " " + which];
      // Sums of rounded numbers in another order: a unit of the narrow type in some of them.
      const double tolerance = type == at::kHalf ? 2e-3 : 1.6e-2;
      CHECK(relative_difference(output, wanted["output"]) <= tolerance);
      CHECK_FALSE(output.equal(exact));
      check_gradients(*network, output, wanted["gradients"], tolerance);
      for (const NamedTensor& parameter : network->parameters())
        CHECK(parameter.tensor->grad().scalar_type() == at::kFloat);
    }
  }
}

TEST_CASE("operators of our own take what comes in mixed precision, and nothing is left switched on") {
  OwnOperator network;
  CHECK(network.forward(numbers({4, 4})).scalar_type() == at::kFloat);
  CHECK(at::mm(numbers({4, 4}), numbers({4, 4})).scalar_type() == at::kFloat);
  {
    const Autocast outer(at::kBFloat16, at::kCPU);
    CHECK(outer.outermost());
    const Autocast inner(at::kHalf, at::kCPU);
    CHECK_FALSE(inner.outermost());
    CHECK(at::mm(numbers({4, 4}), numbers({4, 4})).scalar_type() == at::kHalf);
  }
  CHECK(at::mm(numbers({4, 4}), numbers({4, 4})).scalar_type() == at::kFloat);
}

TEST_CASE("a type that libtorch cannot compute in is found before it is used") {
  CHECK(autocast_problem(at::kBFloat16, at::kCPU).empty());
  CHECK_FALSE(autocast_problem(at::kBFloat16, at::kMeta).empty());
}

}  // namespace dlrun::autocast_test
