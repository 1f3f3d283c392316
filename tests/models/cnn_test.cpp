// cnn against the same layers in torch.nn, and its limits.

#include <catch2/catch.hpp>

#include "models/support.h"
#include "spec/relation.h"

namespace dlrun::cnn_test {
namespace {

const Shapes shapes = of_numbers({3, 20, 14}, 5);

AnyList& blocks_of(Architecture& cnn) {
  for (Field& field : cnn.fields())
    if (field.name == "blocks") return *std::get<AnyList*>(field.slot);
  throw std::runtime_error("no blocks");
}

std::shared_ptr<Architecture> two_blocks() {
  auto cnn = architecture("cnn");
  AnyList& blocks = blocks_of(*cnn);
  Params& first = *blocks.values.at(0);
  set(first, "channels", int64_t{8});
  set(first, "convolutions", int64_t{2});
  Params& second = *blocks.values.at(1);
  set(second, "channels", int64_t{12});
  set(second, "kernel", int64_t{5});
  set(second, "stride", int64_t{2});
  set(second, "padding", std::optional<int64_t>(1));
  set(second, "norm", std::string("group"));
  set(second, "activation", std::string("silu"));
  set(second, "pool", std::string("avg"));
  Params& head = group(*cnn, "head");
  set(head, "widths", std::vector<int64_t>{7});
  set(head, "activation", std::string("tanh"));
  return cnn;
}

TEST_CASE("cnn agrees with torch.nn in both memory formats") {
  const nlohmann::json golden = read_golden("cnn");
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const auto network = two_blocks()->build(shapes);
    fill_by_formula(*network);
    const at::Tensor input = numbers({2, 3, 20, 14}).contiguous(format);
    const at::Tensor output = network->forward({{"input", input}})["output"];
    CHECK(relative_difference(output, golden["train"]["output"]) < 1e-5);
    check_gradients(*network, output, golden["train"]["gradients"]);
    network->set_training(false);
    CHECK(relative_difference(network->forward({{"input", input}})["output"], golden["eval"]["output"]) < 1e-5);
  }
}

TEST_CASE("cnn's default takes any number of channels and any image size") {
  for (const Shapes& any : {of_numbers({1, 28, 28}, 10), of_numbers({3, 32, 32}, 10), of_numbers({5, 4, 31}, 2)}) {
    const auto network = architecture("cnn")->build(any);
    const at::Tensor input = at::randn({2, any.input().sizes[0], any.input().sizes[1], any.input().sizes[2]});
    CHECK(network->forward({{"input", input}})["output"].sizes() == at::IntArrayRef({2, any.outputs}));
  }
}

TEST_CASE("cnn with global pooling has one input of the head per channel") {
  for (const std::string pool : {"avg", "max"}) {
    auto cnn = architecture("cnn");
    set(group(*cnn, "head"), "pool", pool);
    set(group(*cnn, "head"), "widths", std::vector<int64_t>{});
    const auto network = cnn->build(of_numbers({3, 40, 24}, 4));
    CHECK(network->parameters().back().name == "classifier.0.bias");
    CHECK(network->parameters().end()[-2].tensor->sizes() == at::IntArrayRef({4, 64}));
    CHECK(network->forward({{"input", at::randn({2, 3, 40, 24})}})["output"].sizes() == at::IntArrayRef({2, 4}));
  }
}

TEST_CASE("cnn on meta and on flat buffers") {
  check_meta_build(*two_blocks(), shapes);
  check_flat_build(*two_blocks(), shapes, {{"input", numbers({2, 3, 20, 14})}});
}

TEST_CASE("cnn says where the image was used up") {
  CHECK_THAT(build_error(*architecture("cnn"), of_numbers({3, 3, 3}, 10)),
             Catch::Contains("architecture.blocks.1.pool_size") && Catch::Contains("1 x 1 pixels"));
  auto cnn = architecture("cnn");
  set(*blocks_of(*cnn).values.at(0), "kernel", int64_t{9});
  set(*blocks_of(*cnn).values.at(0), "padding", std::optional<int64_t>(0));
  CHECK_THAT(build_error(*cnn, of_numbers({1, 8, 8}, 10)),
             Catch::Contains("architecture.blocks.0.kernel: 9 does not fit"));
  CHECK_THAT(build_error(*cnn, of_numbers({13}, 10)),
             Catch::Contains("[channels, height, width]") && Catch::Contains("[13]"));
}

TEST_CASE("cnn's padding must be less than the kernel") {
  auto cnn = architecture("cnn");
  Params& block = *blocks_of(*cnn).values.at(0);
  CHECK(broken_relations(block).empty());
  set(block, "padding", std::optional<int64_t>(3));
  REQUIRE(broken_relations(block).size() == 1);
  CHECK(broken_relations(block)[0].path == "padding");
}

}  // namespace
}  // namespace dlrun::cnn_test
