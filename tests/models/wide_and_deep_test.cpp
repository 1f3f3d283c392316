// wide_and_deep against the same in torch, and what it refuses.

#include <catch2/catch.hpp>

#include "models/support.h"
#include "tables.h"

namespace dlrun::wide_and_deep_test {
namespace {

using Names = std::vector<std::string>;

std::shared_ptr<Architecture> small(const Names& crosses) {
  auto network = architecture("wide_and_deep");
  set(*network, "widths", std::vector<int64_t>{8});
  set(*network, "embedding_size", std::optional<int64_t>(2));
  set(*network, "crosses", crosses);
  return network;
}

TEST_CASE("wide_and_deep adds a weight for each category and cross to a perceptron") {
  const nlohmann::json golden = read_golden("wide_and_deep")["crossed"];
  const Shapes shapes = of_table(4, {3, 7, 4}, 2);
  const auto network = small({"c0 x c1", "c2 x c0"})->build(shapes);
  fill_by_formula(*network);
  const at::Tensor output = network->forward(table_batch(shapes, 6))["output"];
  CHECK(relative_difference(output, golden["output"]) < 1e-5);
  check_gradients(*network, output, golden["gradients"]);
}

TEST_CASE("wide_and_deep on meta and on flat buffers") {
  const Shapes shapes = of_table(4, {3, 7, 4}, 2);
  check_meta_build(*small({"c0 x c1"}), shapes);
  check_flat_build(*small({"c0 x c1"}), shapes, table_batch(shapes, 6));
}

TEST_CASE("wide_and_deep refuses crosses of columns that are not there, and data without categories") {
  const Shapes shapes = of_table(4, {3, 7}, 2);
  const auto error = [&](const std::string& cross) { return build_error(*small({cross}), shapes); };
  CHECK(error("c0 x c9") == "architecture.crosses: 'c0 x c9': the data have no column of categories 'c9'");
  CHECK(error("c0 x c0") == "architecture.crosses: 'c0 x c0' names one column twice");
  CHECK_THAT(error("c0"), Catch::Contains("should be two columns"));
  CHECK_THAT(build_error(*small({"c0 x c1"}), of_table(4, {4000, 4000}, 2)), Catch::Contains("16000000 pairs"));
  CHECK_THAT(build_error(*small({}), of_table(4, {}, 2)), Catch::Contains("data.categories: index"));
}

}  // namespace
}  // namespace dlrun::wide_and_deep_test
