// ft_transformer against FTTransformer of rtdl_revisiting_models.

#include <catch2/catch.hpp>

#include "models/encoder.h"
#include "models/table_case.h"

namespace dlrun::ft_transformer_test {
namespace {

std::shared_ptr<Architecture> small(int64_t blocks, int64_t width, int64_t heads) {
  auto transformer = architecture("ft_transformer");
  set(*transformer, "n_blocks", blocks);
  set(*transformer, "d_block", width);
  set(*transformer, "attention_n_heads", heads);
  set(*transformer, "attention_dropout", 0.0);
  set(*transformer, "ffn_dropout", 0.0);
  return transformer;
}

TEST_CASE("ft_transformer has the published names, results and gradients") {
  const nlohmann::json golden = read_golden("ft_transformer");
  check_table_case(*small(2, 8, 2), of_table(5, {}, 3), golden["numbers"]);
  check_table_case(*small(3, 12, 4), of_table(3, {3, 7}, 2), golden["table"]);
  auto plain = small(1, 6, 1);
  set(*plain, "ffn_d_hidden", std::optional<int64_t>(9));
  set(*plain, "ffn_activation", std::string("ReLU"));
  check_table_case(*plain, of_table(0, {4, 6, 5}, 1), golden["categories"]);
}

TEST_CASE("ft_transformer starts from the published weights after the same seed, and has the published size") {
  const nlohmann::json golden = read_golden("ft_transformer");
  at::manual_seed(7);
  const auto network = small(2, 8, 2)->build(of_table(3, {3, 7}, 2));
  CHECK(relative_difference(*network->find("backbone.output.linear")->parameters()[0].tensor, golden["drawn"]) <
        drawn_tolerance);
  const at::Tensor column = *network->find("cat_embeddings.embeddings.1")->parameters()[0].tensor;
  CHECK(column[0].abs().max().item<float>() == 0.0f);
  CHECK(column.narrow(0, 1, 6).abs().min().item<float>() > 0.0f);
  int64_t count = 0;
  const auto published = architecture("ft_transformer")->build(of_table(3, {3, 7}, 2));
  for (const NamedTensor& entry : published->parameters()) count += entry.tensor->numel();
  CHECK(count == golden["default"].get<int64_t>());
}

TEST_CASE("ft_transformer drops only while training") {
  auto dropping = small(2, 8, 2);
  set(*dropping, "attention_dropout", 0.5);
  const Shapes shapes = of_table(3, {3, 7}, 2);
  const auto network = dropping->build(shapes);
  const Batch batch = table_batch(shapes, 6);
  CHECK_FALSE(at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
  network->set_training(false);
  CHECK(at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
}

TEST_CASE("ft_transformer on meta and on flat buffers, and for no outputs") {
  const Shapes shapes = of_table(4, {3, 7}, 2);
  check_meta_build(*small(2, 8, 2), shapes);
  check_flat_build(*small(2, 8, 2), shapes, table_batch(shapes, 6));
  const auto features = small(2, 8, 2)->build(of_table(4, {3}, 0));
  CHECK(dynamic_cast<const Encoder&>(*features).width() == 8);
  CHECK(features->forward(table_batch(of_table(4, {3}, 0), 6))["output"].sizes() == at::IntArrayRef({6, 8}));
}

}  // namespace
}  // namespace dlrun::ft_transformer_test
