// mlp_gan against the same layers in PyTorch.

#include <ATen/ATen.h>

#include "models/generative.h"
#include "models/support.h"

namespace dlrun::mlp_gan_test {
namespace {

std::shared_ptr<GenerativeNetwork> built(const Shapes& shapes, std::vector<int64_t> widths,
                                         const std::string& activation) {
  auto gan = architecture("mlp_gan");
  set(*gan, "latent_size", int64_t{3});
  set(*gan, "generator_widths", widths);
  set(*gan, "discriminator_widths", std::move(widths));
  set(*gan, "activation", activation);
  return std::dynamic_pointer_cast<GenerativeNetwork>(gan->build(shapes));
}

TEST_CASE("mlp_gan has PyTorch's names, samples, verdicts and gradients") {
  const nlohmann::json golden = read_golden("mlp_gan");
  const auto check = [&](const char* name, GenerativeNetwork& network, at::IntArrayRef sample) {
    INFO(name);
    fill_by_formula(network);
    const at::Tensor samples = network.forward({{"input", numbers({4, 3})}})["output"];
    CHECK(samples.sizes() == sample);
    CHECK(relative_difference(samples, golden[name]["samples"]) < 1e-5);
    const at::Tensor logits = network.discriminator().forward(samples);
    CHECK(logits.sizes() == at::IntArrayRef({4, 1}));
    CHECK(relative_difference(logits, golden[name]["logits"]) < 1e-5);
    check_gradients(network, logits, golden[name]["gradients"], 1e-5);
  };
  check("rows", *built(of_numbers({2}), {5, 4}, "relu"), {4, 2});
  check("pictures", *built(of_numbers({1, 3, 4}), {6}, "tanh"), {4, 1, 3, 4});
}

TEST_CASE("mlp_gan draws latents as ATen does, on meta no number; both networks learn on flat buffers") {
  const auto network = built(of_numbers({2}), {5}, "relu");
  at::manual_seed(4);
  const at::Tensor latent = network->latent(6);
  at::manual_seed(4);
  CHECK(at::equal(latent, at::randn({6, 3})));
  check_meta_build(*architecture("mlp_gan"), of_numbers({2}));
  flatten_parameters(*network);
  network->discriminator().forward(network->generator().forward(latent)).sum().backward();
  for (const NamedTensor& entry : network->parameters()) {
    INFO(entry.name);
    CHECK(entry.tensor->grad().abs().max().item<double>() > 0);
  }
}

TEST_CASE("mlp_gan refuses what is no numbers") {
  CHECK_THAT(build_error(*architecture("mlp_gan"), of_tokens(5, 7)), Catch::Contains("mlp_gan takes numbers"));
}

}  // namespace
}  // namespace dlrun::mlp_gan_test
