// mlp against torchvision.ops.MLP, and its limits.

#include <catch2/catch.hpp>

#include "models/encoder.h"
#include "models/support.h"
#include "tables.h"

namespace dlrun::mlp_test {
namespace {

const Shapes shapes = of_numbers({3, 2, 2}, 5);

std::shared_ptr<Architecture> small() {
  auto mlp = architecture("mlp");
  set(*mlp, "widths", std::vector<int64_t>{8, 6});
  return mlp;
}

TEST_CASE("mlp has torchvision's names, results and gradients") {
  const nlohmann::json golden = read_golden("mlp");
  auto plain = small(), batch = small(), layer = small();
  set(*batch, "norm", std::string("batch"));
  set(*batch, "activation", std::string("leaky_relu"));
  set(*layer, "norm", std::string("layer"));
  set(*layer, "activation", std::string("gelu"));
  set(*layer, "bias", false);
  const std::vector<std::pair<std::string, std::shared_ptr<Architecture>>> cases = {
      {"plain", plain}, {"batch", batch}, {"layer", layer}};
  for (const auto& [name, mlp] : cases) {
    INFO(name);
    const auto network = mlp->build(shapes);
    fill_by_formula(*network);
    const at::Tensor output = network->forward({{"input", numbers({4, 3, 2, 2})}})["output"];
    CHECK(output.sizes() == at::IntArrayRef({4, 5}));
    CHECK(relative_difference(output, golden[name]["output"]) < 1e-5);
    check_gradients(*network, output, golden[name]["gradients"]);
  }
}

TEST_CASE("mlp starts from torchvision's weights after the same seed") {
  at::manual_seed(7);
  const auto network = small()->build(shapes);
  CHECK(relative_difference(*network->parameters()[2].tensor, read_golden("mlp")["drawn"]) < drawn_tolerance);
}

TEST_CASE("mlp without hidden layers is a linear model; rows go in as they are") {
  auto mlp = architecture("mlp");
  set(*mlp, "widths", std::vector<int64_t>{});
  const auto network = mlp->build(of_numbers({7}, 1));
  REQUIRE(network->parameters().size() == 2);
  CHECK(network->parameters()[0].name == "layers.0.weight");
  CHECK(network->forward({{"input", at::zeros({3, 7})}})["output"].sizes() == at::IntArrayRef({3, 1}));
}

TEST_CASE("mlp on meta and on flat buffers") {
  check_meta_build(*small(), shapes);
  check_flat_build(*small(), shapes, {{"input", numbers({4, 3, 2, 2})}});
}

TEST_CASE("mlp for no outputs answers with what its head would take") {
  const auto features = small()->build(of_numbers({3, 2, 2}, 0)), whole = small()->build(shapes);
  REQUIRE(whole->parameters().size() == features->parameters().size() + 2);
  CHECK(dynamic_cast<const Encoder&>(*features).width() == 6);
  fill_by_formula(*features);
  fill_by_formula(*whole);
  const Batch batch{{"input", numbers({4, 3, 2, 2})}};
  const Module& last = *whole->find("layers.6");
  const at::Tensor output =
      at::linear(features->forward(batch)["output"], *last.parameters()[0].tensor, *last.parameters()[1].tensor);
  CHECK(at::allclose(output, whole->forward(batch)["output"]));
}

TEST_CASE("mlp gives categories that are ids a vector each, beside the numbers") {
  const nlohmann::json golden = read_golden("wide_and_deep")["mlp"];
  const Shapes table = of_table(4, {3, 7, 4}, 2);
  auto mlp = architecture("mlp");
  set(*mlp, "widths", std::vector<int64_t>{8});
  const auto network = mlp->build(table);
  fill_by_formula(*network);
  const at::Tensor output = network->forward(table_batch(table, 6))["output"];
  CHECK(relative_difference(output, golden["output"]) < 1e-5);
  check_gradients(*network, output, golden["gradients"]);
  check_meta_build(*mlp, table);
  check_flat_build(*mlp, table, table_batch(table, 6));
  set(*mlp, "embedding_size", std::optional<int64_t>(2));
  const Shapes categories = of_table(0, {3, 7}, 2);
  CHECK(mlp->build(categories)->forward(table_batch(categories, 6))["output"].sizes() == at::IntArrayRef({6, 2}));
}

TEST_CASE("networks without embeddings refuse categories as ids") {
  for (const char* name : {"autoencoder", "cnn1d", "gru"})
    CHECK_THAT(build_error(*architecture(name), of_table(6, {3, 7}, 2)),
               Catch::Contains(std::string(name) + " has no embeddings for categories"));
}

TEST_CASE("mlp refuses token ids, and to be a linear model of no outputs") {
  CHECK_THAT(build_error(*small(), of_tokens(16, 100)), Catch::Contains("token ids"));
  auto linear = architecture("mlp");
  set(*linear, "widths", std::vector<int64_t>{});
  CHECK_THAT(build_error(*linear, of_numbers({16})), Catch::StartsWith("architecture.widths: a linear model"));
}

}  // namespace
}  // namespace dlrun::mlp_test
