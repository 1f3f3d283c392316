// window against a convolution over positions in torch, and what it refuses.

#include <catch2/catch.hpp>

#include "models/recurrent.h"

namespace dlrun::window_test {
namespace {

std::shared_ptr<Architecture> small() {
  auto network = architecture("window");
  set<int64_t>(*network, "window", 5);
  set<int64_t>(*network, "embedding_size", 4);
  set(*network, "widths", std::vector<int64_t>{6});
  return network;
}

TEST_CASE("window is a convolution over positions, and sees nothing beyond the ends of a sample") {
  const nlohmann::json golden = read_golden("window");
  for (const bool lengths : {false, true}) {
    const auto network = small()->build(sequences(Shapes::Per::position));
    fill_by_formula(*network);
    const at::Tensor output = network->forward(token_batch(lengths))["output"];
    const nlohmann::json& expected = golden[lengths ? "padded" : "whole"];
    CHECK(relative_difference(output, expected["output"]) < 1e-5);
    check_gradients(*network, output, expected["gradients"]);
  }
}

TEST_CASE("window takes numbers of each step, and is a perceptron where it sees one position") {
  Shapes steps = of_numbers({7, 3}, 2);
  steps.per = Shapes::Per::position;
  auto one = small();
  set<int64_t>(*one, "window", 1);
  const auto network = one->build(steps);
  const at::Tensor input = numbers({2, 7, 3});
  const at::Tensor whole = network->forward({{"input", input}})["output"];
  CHECK(whole.sizes() == at::IntArrayRef({2, 7, 2}));
  CHECK(at::allclose(whole.narrow(1, 3, 1), network->forward({{"input", input.narrow(1, 3, 1)}})["output"]));
}

TEST_CASE("window on meta and on flat buffers") {
  check_meta_build(*small(), sequences(Shapes::Per::position));
  check_flat_build(*small(), sequences(Shapes::Per::position), token_batch(true));
}

TEST_CASE("window refuses tasks of another kind, and samples that are no sequences") {
  CHECK_THAT(build_error(*small(), sequences()), Catch::Contains("another kind of answer"));
  CHECK_THAT(build_error(*small(), of_tokens(7, 11)), Catch::Contains("what comes next"));
  CHECK_THAT(build_error(*small(), of_numbers({7}, 2)), Catch::Contains("takes sequences"));
}

}  // namespace
}  // namespace dlrun::window_test
