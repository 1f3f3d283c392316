// tcn against the same layers in torch.nn with weight norm, and its limits.

#include <catch2/catch.hpp>

#include "models/encoder.h"
#include "models/support.h"
#include "nn/dropout.h"

namespace dlrun::tcn_test {
namespace {

std::shared_ptr<Architecture> small(std::vector<int64_t> channels = {5, 5, 6}, int64_t kernel = 2) {
  auto made = architecture("tcn");
  set(*made, "num_channels", std::move(channels));
  set(*made, "kernel_size", kernel);
  set(*made, "dropout", 0.0);
  return made;
}

Batch padded(float filler = 0.0f) {
  at::Tensor input = numbers({3, 9, 3}).clone();
  if (filler != 0.0f) input[1].slice(0, 2).fill_(filler);
  return {{"input", input}, {"input.lengths", at::tensor(std::vector<int64_t>{9, 2, 5})}};
}

TEST_CASE("tcn agrees with torch.nn") {
  const nlohmann::json golden = read_golden("tcn");
  const auto check = [&](const char* name, const Architecture& made, const Shapes& shapes, const Batch& batch) {
    INFO(name);
    const auto network = made.build(shapes);
    fill_by_formula(*network);
    const at::Tensor output = network->forward(batch)["output"];
    CHECK(relative_difference(output, golden[name]["output"]) < 1e-5);
    check_gradients(*network, output, golden[name]["gradients"]);
  };
  check("plain", *small(), of_numbers({3, 9}, 4), {{"input", numbers({3, 3, 9})}});
  check("one_channel", *small({4, 4}, 3), of_numbers({9}, 4), {{"input", numbers({3, 9})}});
  check("padded", *small(), of_numbers({-1, 3}, 4), padded());
}

TEST_CASE("tcn starts with weights of the length that its convolutions drew") {
  at::manual_seed(3);
  const auto network = small()->build(of_numbers({3, 9}, 4));
  at::Tensor length, direction;
  for (const NamedTensor& entry : network->parameters()) {
    if (entry.name == "tcn.network.0.conv1.weight_g") length = *entry.tensor;
    if (entry.name == "tcn.network.0.conv1.weight_v") direction = *entry.tensor;
    if (entry.name == "tcn.network.0.downsample.weight") CHECK(entry.tensor->abs().max().item<double>() < 0.05);
  }
  CHECK(length.sizes() == at::IntArrayRef({5, 1, 1}));
  CHECK(at::allclose(length.flatten(), direction.flatten(1).norm(2, 1)));
  CHECK(direction.abs().max().item<double>() <= 1.0 / std::sqrt(6.0));
}

TEST_CASE("no step of tcn sees a later one, and padding changes no number") {
  for (const char* pool : {"last", "mean", "max"}) {
    auto made = small();
    set(*made, "pool", std::string(pool));
    const auto network = made->build(of_numbers({-1, 3}, 4));
    fill_by_formula(*network);
    CHECK(at::equal(network->forward(padded())["output"], network->forward(padded(7.0f))["output"]));
    const at::Tensor alone = network->forward({{"input", padded()["input"].narrow(0, 1, 1).narrow(1, 0, 2)},
                                               {"input.lengths", at::tensor(std::vector<int64_t>{2})}})["output"];
    CHECK(at::allclose(network->forward(padded())["output"].narrow(0, 1, 1), alone, 1e-5, 1e-6));
  }
}

TEST_CASE("tcn has a dropout behind each convolution, and does without its head") {
  auto made = small();
  set(*made, "dropout", 0.5);
  const auto network = made->build(of_numbers({3, 9}, 0));
  int64_t found = 0;
  for (const auto& [name, module] : network->modules())
    if (const auto* dropout = dynamic_cast<const Dropout*>(module)) found += dropout->p == 0.5;
  CHECK(found == 2 * 3);
  CHECK(dynamic_cast<const Encoder&>(*network).width() == 6);
  CHECK(network->forward({{"input", numbers({3, 3, 9})}})["output"].sizes() == at::IntArrayRef({3, 6}));
}

TEST_CASE("tcn on meta and on flat buffers") {
  check_meta_build(*small(), of_numbers({3, 9}, 4));
  check_flat_build(*small(), of_numbers({3, 9}, 4), {{"input", numbers({3, 3, 9})}});
}

TEST_CASE("tcn refuses pictures, token ids and answers for each position") {
  CHECK_THAT(build_error(*small(), of_numbers({3, 8, 8}, 5)), Catch::Contains("takes series"));
  CHECK_THAT(build_error(*small(), of_tokens(16, 100)), Catch::Contains("token ids"));
  Shapes each = of_numbers({3, 9}, 4);
  each.per = Shapes::Per::position;
  CHECK_THAT(build_error(*small(), each), Catch::Contains("each position"));
}

}  // namespace
}  // namespace dlrun::tcn_test
