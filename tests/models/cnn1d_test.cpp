// cnn1d against the same layers in torch.nn, and its limits.

#include <catch2/catch.hpp>

#include "models/encoder.h"
#include "models/support.h"

namespace dlrun::cnn1d_test {
namespace {

const Shapes shapes = of_numbers({3, 40}, 5);

AnyList& blocks_of(Architecture& cnn1d) {
  for (Field& field : cnn1d.fields())
    if (field.name == "blocks") return *std::get<AnyList*>(field.slot);
  throw std::runtime_error("no blocks");
}

std::shared_ptr<Architecture> two_blocks() {
  auto cnn1d = architecture("cnn1d");
  AnyList& blocks = blocks_of(*cnn1d);
  Params& first = *blocks.values.at(0);
  set(first, "channels", int64_t{6});
  set(first, "kernel", int64_t{5});
  set(first, "stride", int64_t{2});
  set(first, "norm", std::string("batch"));
  set(first, "pool", std::string("max"));
  Params& second = *blocks.values.at(1);
  set(second, "channels", int64_t{8});
  set(second, "padding", std::optional<int64_t>(0));
  set(second, "activation", std::string("silu"));
  set(second, "pool", std::string("avg"));
  Params& head = group(*cnn1d, "head");
  set(head, "widths", std::vector<int64_t>{7});
  set(head, "activation", std::string("tanh"));
  return cnn1d;
}

TEST_CASE("cnn1d agrees with torch.nn") {
  const nlohmann::json golden = read_golden("cnn1d");
  const auto network = two_blocks()->build(shapes);
  fill_by_formula(*network);
  const Batch batch{{"input", numbers({4, 3, 40})}};
  const at::Tensor output = network->forward(batch)["output"];
  CHECK(relative_difference(output, golden["train"]["output"]) < 1e-5);
  check_gradients(*network, output, golden["train"]["gradients"]);
  network->set_training(false);
  CHECK(relative_difference(network->forward(batch)["output"], golden["eval"]["output"]) < 1e-5);
}

TEST_CASE("cnn1d for no outputs answers with what its head would take") {
  const auto network = two_blocks()->build(of_numbers({3, 40}, 0));
  const auto* encoder = dynamic_cast<const Encoder*>(network.get());
  REQUIRE(encoder);
  CHECK(encoder->width() == 8 * 4);
  CHECK(network->parameters().back().name == "features.5.bias");
  const auto whole = two_blocks()->build(shapes);
  fill_by_formula(*whole);
  const std::vector<NamedTensor> from = whole->state(), to = network->state();
  const c10::NoGradGuard no_gradients;
  for (size_t i = 0; i < to.size(); ++i) {
    REQUIRE(to[i].name == from[i].name);
    to[i].tensor->copy_(*from[i].tensor);
  }
  network->set_training(false);
  const at::Tensor features = network->forward({{"input", numbers({4, 3, 40})}})["output"];
  // The norm of the golden file had seen one training batch before it answered; this one has seen none.
  CHECK(features.sizes() == at::IntArrayRef({4, 32}));
  network->set_training(true);
  network->forward({{"input", numbers({4, 3, 40})}});
  network->set_training(false);
  CHECK(relative_difference(network->forward({{"input", numbers({4, 3, 40})}})["output"],
                            read_golden("cnn1d")["eval"]["features"]) < 1e-5);
}

TEST_CASE("cnn1d takes rows of numbers, and pools each channel where asked") {
  for (const char* pool : {"none", "avg", "max"}) {
    auto cnn1d = architecture("cnn1d");
    set(group(*cnn1d, "head"), "pool", std::string(pool));
    const auto network = cnn1d->build(of_numbers({17}, 3));
    CHECK(network->forward({{"input", at::randn({2, 17})}})["output"].sizes() == at::IntArrayRef({2, 3}));
    CHECK(dynamic_cast<const Encoder&>(*network).width() == (std::string(pool) == "none" ? 32 * 17 : 32));
  }
}

TEST_CASE("cnn1d on meta and on flat buffers") {
  check_meta_build(*two_blocks(), shapes);
  check_flat_build(*two_blocks(), shapes, {{"input", numbers({4, 3, 40})}});
}

TEST_CASE("cnn1d refuses pictures, token ids and series that are too short") {
  CHECK_THAT(build_error(*two_blocks(), of_numbers({3, 8, 8}, 5)), Catch::Contains("takes series"));
  CHECK_THAT(build_error(*two_blocks(), of_tokens(16, 100)), Catch::Contains("token ids"));
  CHECK_THAT(build_error(*two_blocks(), of_numbers({3, 7}, 5)), Catch::Contains("architecture.blocks.1.kernel: 3"));
}

}  // namespace
}  // namespace dlrun::cnn1d_test
