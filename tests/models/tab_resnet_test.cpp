// tab_resnet against ResNet of rtdl_revisiting_models.

#include <catch2/catch.hpp>

#include "models/encoder.h"
#include "models/table_case.h"

namespace dlrun::tab_resnet_test {
namespace {

std::shared_ptr<Architecture> small(int64_t blocks, int64_t width) {
  auto resnet = architecture("tab_resnet");
  set(*resnet, "n_blocks", blocks);
  set(*resnet, "d_block", width);
  set(*resnet, "dropout1", 0.0);
  set(*resnet, "d_hidden_multiplier", 1.5);
  return resnet;
}

TEST_CASE("tab_resnet has the published names, results and gradients, in training and after it") {
  check_table_case(*small(2, 8), of_table(5, {}, 3), read_golden("tab_resnet")["numbers"]);
}

TEST_CASE("tab_resnet takes categories as ids beside the numbers") {
  auto resnet = small(1, 6);
  set(*resnet, "d_hidden", std::optional<int64_t>(10));
  check_table_case(*resnet, of_table(4, {3, 7}, 2), read_golden("tab_resnet")["table"]);
}

TEST_CASE("tab_resnet starts from the published weights after the same seed, and from 0 for unknown categories") {
  at::manual_seed(7);
  const auto network = small(2, 8)->build(of_table(5, {}, 3));
  CHECK(relative_difference(*network->find("output.linear")->parameters()[0].tensor,
                            read_golden("tab_resnet")["drawn"]) < drawn_tolerance);
  const auto table = small(2, 8)->build(of_table(5, {4}, 3));
  const at::Tensor weight = *table->find("embeds.0")->parameters()[0].tensor;
  CHECK(weight.sizes() == at::IntArrayRef({4, 3}));
  CHECK(weight[0].abs().max().item<float>() == 0.0f);
  CHECK(weight.narrow(0, 1, 3).abs().min().item<float>() > 0.0f);
}

TEST_CASE("tab_resnet on meta and on flat buffers, and for no outputs") {
  const Shapes shapes = of_table(4, {3, 7}, 2);
  check_meta_build(*small(2, 8), shapes);
  check_flat_build(*small(2, 8), shapes, table_batch(shapes, 6));
  const auto features = small(2, 8)->build(of_table(4, {3}, 0));
  CHECK(dynamic_cast<const Encoder&>(*features).width() == 8);
  CHECK(features->forward(table_batch(of_table(4, {3}, 0), 6))["output"].sizes() == at::IntArrayRef({6, 8}));
}

}  // namespace
}  // namespace dlrun::tab_resnet_test
