// autoencoder against the same layers in torch.nn.

#include <catch2/catch.hpp>

#include "models/support.h"

namespace dlrun::autoencoder_test {
namespace {

std::shared_ptr<Architecture> dense() {
  auto autoencoder = architecture("autoencoder");
  set(*autoencoder, "widths", std::vector<int64_t>{8, 5});
  set(*autoencoder, "latent_size", int64_t{3});
  set(*autoencoder, "activation", std::string("silu"));
  set(*autoencoder, "norm", std::string("layer"));
  set(*autoencoder, "output", std::string("sigmoid"));
  return autoencoder;
}

std::shared_ptr<Architecture> conv() {
  auto autoencoder = architecture("autoencoder");
  set(*autoencoder, "kind", std::string("conv"));
  set(*autoencoder, "widths", std::vector<int64_t>{4, 6});
  set(*autoencoder, "latent_size", int64_t{3});
  set(*autoencoder, "activation", std::string("elu"));
  set(*autoencoder, "norm", std::string("batch"));
  set(*autoencoder, "output", std::string("tanh"));
  return autoencoder;
}

TEST_CASE("autoencoder agrees with torch.nn") {
  const nlohmann::json golden = read_golden("autoencoder");
  const std::vector<std::tuple<std::string, std::shared_ptr<Architecture>, std::vector<int64_t>>> cases = {
      {"dense", dense(), {2, 3, 2}}, {"conv", conv(), {2, 10, 7}}};
  for (const auto& [name, autoencoder, shape] : cases) {
    INFO(name);
    const auto network = autoencoder->build(of_numbers(shape, 1));
    fill_by_formula(*network);
    const Batch result = network->forward({{"input", numbers({3, shape[0], shape[1], shape[2]})}});
    CHECK(relative_difference(result["latent"], golden[name]["latent"]) < 1e-5);
    CHECK(relative_difference(result["output"], golden[name]["output"]) < 1e-5);
    check_gradients(*network, result["output"], golden[name]["gradients"]);
  }
}

TEST_CASE("autoencoder gives images of any size back in their size") {
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{{1, 28, 28}, {3, 5, 64}, {2, 1, 3}}) {
    const auto network = conv()->build(of_numbers(shape, 1));
    const at::Tensor input = at::randn({2, shape[0], shape[1], shape[2]}).contiguous(at::MemoryFormat::ChannelsLast);
    CHECK(network->forward({{"input", input}})["output"].sizes() == input.sizes());
  }
}

TEST_CASE("autoencoder on meta and on flat buffers") {
  check_meta_build(*dense(), of_numbers({12}, 12));
  check_flat_build(*dense(), of_numbers({12}, 12), {{"input", numbers({3, 12})}});
  check_meta_build(*conv(), of_numbers({1, 8, 8}, 64));
  check_flat_build(*conv(), of_numbers({1, 8, 8}, 64), {{"input", numbers({3, 1, 8, 8})}});
}

TEST_CASE("autoencoder of convolutions refuses rows") {
  CHECK_THAT(build_error(*conv(), of_numbers({12}, 12)),
             Catch::Contains("architecture.kind: conv takes images") && Catch::Contains("use dense"));
}

}  // namespace
}  // namespace dlrun::autoencoder_test
