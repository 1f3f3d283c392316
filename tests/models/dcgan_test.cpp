// dcgan against the networks of PyTorch's tutorial.

#include <catch2/catch.hpp>

#include "models/generative.h"
#include "models/support.h"

namespace dlrun::dcgan_test {
namespace {

std::shared_ptr<Architecture> narrow() {
  auto dcgan = architecture("dcgan");
  set(*dcgan, "latent_size", int64_t{10});
  set(*dcgan, "generator_channels", int64_t{4});
  set(*dcgan, "discriminator_channels", int64_t{4});
  return dcgan;
}

TEST_CASE("dcgan has the tutorial's names, pictures, verdicts and gradients") {
  const nlohmann::json golden = read_golden("dcgan");
  const std::vector<std::pair<std::string, Shapes>> cases = {{"64", of_numbers({3, 64, 64})},
                                                             {"28", of_numbers({1, 28, 28})}};
  for (const auto& [name, shapes] : cases) {
    INFO(name);
    const auto network = std::dynamic_pointer_cast<GenerativeNetwork>(narrow()->build(shapes));
    REQUIRE(network);
    fill_by_formula(*network);
    const at::Tensor pictures = network->generator().forward(numbers({2, 10}));
    CHECK(pictures.size(2) == shapes.input().sizes[1]);
    using at::indexing::Slice;
    const at::Tensor some = pictures.index({Slice(), Slice(), Slice(0, {}, 9), Slice(0, {}, 9)});
    CHECK(relative_difference(some, golden[name]["images"]) < 1e-4);
    const at::Tensor logits = network->discriminator().forward(pictures);
    CHECK(logits.sizes() == at::IntArrayRef({2, 1}));
    CHECK(relative_difference(logits, golden[name]["logits"]) < 1e-4);
    check_gradients(*network, logits, golden[name]["gradients"], 1e-4);
  }
}

TEST_CASE("dcgan makes pictures of the data's size from latents of either shape") {
  for (const std::vector<int64_t>& input : std::vector<std::vector<int64_t>>{{1, 28, 28}, {3, 32, 32}, {3, 48, 96}}) {
    const auto network = std::dynamic_pointer_cast<GenerativeNetwork>(narrow()->build(of_numbers(input)));
    network->set_training(false);
    const at::Tensor latent = network->latent(3);
    CHECK(latent.sizes() == at::IntArrayRef({3, 10}));
    const at::Tensor pictures = network->forward({{"input", latent}})["output"];
    CHECK(pictures.sizes().vec() == std::vector<int64_t>{3, input[0], input[1], input[2]});
    CHECK(at::equal(pictures, network->generator().forward(latent.reshape({3, 10, 1, 1}))));
  }
}

TEST_CASE("dcgan draws weights as its paper says") {
  at::manual_seed(1);
  const auto network = architecture("dcgan")->build(of_numbers({3, 64, 64}));
  for (const NamedTensor& entry : network->parameters()) {
    INFO(entry.name);
    if (entry.tensor->numel() < 1000) continue;
    CHECK(entry.tensor->std().item<double>() == Approx(0.02).epsilon(0.05));
  }
}

TEST_CASE("dcgan on meta; both networks learn on flat buffers") {
  check_meta_build(*narrow(), of_numbers({3, 32, 32}));
  const auto network = std::dynamic_pointer_cast<GenerativeNetwork>(narrow()->build(of_numbers({1, 28, 28})));
  flatten_parameters(*network);
  network->discriminator().forward(network->generator().forward(network->latent(4))).sum().backward();
  for (const NamedTensor& entry : network->parameters()) {
    INFO(entry.name);
    CHECK(entry.tensor->grad().abs().max().item<double>() > 0);
  }
}

TEST_CASE("dcgan refuses pictures it cannot reach by doubling") {
  CHECK_THAT(build_error(*narrow(), of_numbers({3, 30, 30})), Catch::Contains("30 x 30") && Catch::Contains("resize"));
  CHECK_THAT(build_error(*narrow(), of_numbers({3, 5, 5})), Catch::Contains("5 x 5"));
  CHECK_THAT(build_error(*narrow(), of_numbers({12})), Catch::Contains("[channels, height, width]"));
}

}  // namespace
}  // namespace dlrun::dcgan_test
