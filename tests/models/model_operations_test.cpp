// Operations of whole architectures against torch.utils.flop_counter over torchvision's and transformers' models.

#include <catch2/catch.hpp>

#include "models/support.h"
#include "tensor/meta.h"
#include "tensor/operations.h"

namespace dlrun::model_operations_test {

namespace {

void check(const Architecture& architecture, const Shapes& shapes, const at::Tensor& input, const char* name) {
  INFO(name);
  std::shared_ptr<Network> network;
  {
    const BuildDevice scope(at::kMeta);
    network = architecture.build(shapes);
  }
  int64_t forward = 0, backward = 0;
  tap(
      [&] {
        network->forward({{"input", input}})["output"].sum().backward();
      },
      [&](const TappedCall& call) { (call.backward ? backward : forward) += operations(call); },
      {.prepare = &all_on_meta});
  const nlohmann::json golden = read_golden("operations").at("models").at(name);
  CHECK(forward == golden.at(0).get<int64_t>());
  CHECK(backward == golden.at(1).get<int64_t>());
}

}  // namespace

TEST_CASE("operations of resnet18, mlp and gpt are those FlopCounterMode counts") {
  const auto resnet = architecture("resnet18");
  check(*resnet, of_numbers({3, 64, 48}, 10), at::ones({2, 3, 64, 48}), "resnet18");
  set<std::string>(*resnet, "stem", "cifar");
  check(*resnet, of_numbers({3, 32, 32}, 7), at::ones({3, 3, 32, 32}), "resnet18_cifar");

  const auto mlp = architecture("mlp");
  set<std::vector<int64_t>>(*mlp, "widths", {64, 32});
  set<std::string>(*mlp, "norm", "batch");
  set<double>(*mlp, "dropout", 0.1);
  check(*mlp, of_numbers({20}, 5), at::ones({6, 20}), "mlp");

  const auto gpt = architecture("gpt");
  set<int64_t>(*gpt, "layers", 3);
  set<int64_t>(*gpt, "heads", 4);
  set<int64_t>(*gpt, "width", 48);
  set<double>(*gpt, "dropout", 0.0);
  check(*gpt, of_tokens(64, 65), at::zeros({5, 64}, at::kLong), "gpt");
}

}  // namespace dlrun::model_operations_test
