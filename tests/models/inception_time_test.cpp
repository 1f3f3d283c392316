// inception_time against the same layers in torch.nn, and its limits.

#include <catch2/catch.hpp>

#include "models/encoder.h"
#include "models/support.h"

namespace dlrun::inception_time_test {
namespace {

std::shared_ptr<Architecture> small(int64_t depth = 6, int64_t kernel = 9) {
  auto made = architecture("inception_time");
  set(*made, "nb_filters", int64_t{3});
  set(*made, "depth", depth);
  set(*made, "kernel_size", kernel);
  set(*made, "bottleneck_size", int64_t{2});
  return made;
}

TEST_CASE("inception_time agrees with torch.nn, in training and evaluation") {
  const nlohmann::json golden = read_golden("inception_time");
  const auto check = [&](const char* name, const Architecture& made, const Shapes& shapes, const at::Tensor& input) {
    INFO(name);
    const auto network = made.build(shapes);
    fill_by_formula(*network);
    const at::Tensor output = network->forward({{"input", input}})["output"];
    CHECK(relative_difference(output, golden[name]["output"]) < 1e-5);
    check_gradients(*network, output, golden[name]["gradients"], 1e-3);
    network->set_training(false);
    CHECK(relative_difference(network->forward({{"input", input}})["output"], golden[name]["eval"]) < 1e-5);
  };
  check("plain", *small(), of_numbers({3, 20}, 4), numbers({3, 3, 20}));
  auto wide = small(4, 12);
  set(*wide, "use_bottleneck", false);
  check("one_channel", *wide, of_numbers({20}, 4), numbers({3, 20}));
  auto plain = small(3);
  set(*plain, "use_residual", false);
  check("without_shortcuts", *plain, of_numbers({2, 20}, 4), numbers({3, 2, 20}));
}

TEST_CASE("inception_time of the published size has its kernels and parameters") {
  const auto network = architecture("inception_time")->build(of_numbers({150}, 2));
  std::map<std::string, std::vector<int64_t>> shapes;
  int64_t count = 0;
  for (const NamedTensor& entry : network->parameters()) {
    shapes[entry.name] = entry.tensor->sizes().vec();
    count += entry.tensor->numel();
  }
  CHECK_FALSE(shapes.contains("inceptionblock.inception.0.bottleneck.weight"));
  CHECK(shapes.at("inceptionblock.inception.0.convs.0.weight") == std::vector<int64_t>{32, 1, 40});
  CHECK(shapes.at("inceptionblock.inception.5.convs.2.weight") == std::vector<int64_t>{32, 32, 10});
  CHECK(shapes.at("inceptionblock.inception.1.bottleneck.weight") == std::vector<int64_t>{32, 128, 1});
  // By hand: a first module of 32 (40 + 20 + 10 + 1) weights, five of 2 * 128 * 32 + 32 * 32 * 70, six norms of 256,
  // shortcuts of 128 and 128 * 128 weights with a norm each, 2 * 128 + 2 of the head.
  CHECK(count == 32 * 71 + 5 * (8192 + 71680) + 6 * 256 + 128 + 16384 + 2 * 256 + 258);
}

TEST_CASE("inception_time for no outputs answers with what its head would take") {
  const auto network = small()->build(of_numbers({3, 20}, 0));
  CHECK(dynamic_cast<const Encoder&>(*network).width() == 12);
  CHECK(network->forward({{"input", numbers({3, 3, 20})}})["output"].sizes() == at::IntArrayRef({3, 12}));
}

TEST_CASE("inception_time on meta and on flat buffers") {
  check_meta_build(*small(), of_numbers({3, 20}, 4));
  check_flat_build(*small(3), of_numbers({3, 20}, 4), {{"input", numbers({3, 3, 20})}});
}

TEST_CASE("inception_time refuses pictures, token ids and series of unequal lengths") {
  CHECK_THAT(build_error(*small(), of_numbers({3, 8, 8}, 5)), Catch::Contains("takes series"));
  CHECK_THAT(build_error(*small(), of_tokens(16, 100)), Catch::Contains("token ids"));
  CHECK_THAT(build_error(*small(), of_numbers({-1, 3}, 5)), Catch::Contains("series of one length"));
}

}  // namespace
}  // namespace dlrun::inception_time_test
