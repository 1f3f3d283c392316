// gpt against transformers' GPT2LMHeadModel.

#include <catch2/catch.hpp>

#include "models/decoding.h"
#include "nn/dropout.h"
#include "spec/relation.h"

namespace dlrun::gpt_test {
namespace {

const Shapes shapes = of_tokens(9, 11);

std::shared_ptr<Architecture> small_of(int64_t context) {
  auto gpt = architecture("gpt");
  set(*gpt, "layers", int64_t{2});
  set(*gpt, "width", int64_t{16});
  set(*gpt, "context", context);
  set(*gpt, "dropout", 0.0);
  return gpt;
}

std::shared_ptr<Architecture> small() { return small_of(12); }

TEST_CASE("gpt has transformers' names, shapes, results and gradients") {
  const nlohmann::json golden = read_golden("gpt");
  const auto network = small()->build(shapes);
  std::map<std::string, std::vector<int64_t>> found;
  for (const NamedTensor& entry : network->parameters()) found[entry.name] = entry.tensor->sizes().vec();
  CHECK(found == golden["shapes"].get<std::map<std::string, std::vector<int64_t>>>());
  fill_by_formula(*network);
  const at::Tensor output = network->forward({{"input", tokens({2, 9}, 11)}})["output"];
  CHECK(output.sizes() == at::IntArrayRef({2, 9, 11}));
  CHECK(relative_difference(output, golden["output"]) < 1e-4);
  check_gradients(*network, output, golden["gradients"], 1e-4);
}

TEST_CASE("gpt reads a text in pieces as it reads the whole, within its context") {
  check_decoder(*small_of(20), of_tokens(20, 11));
  const auto network = small_decoder(*small_of(20), of_tokens(20, 11));
  Decoder& decoder = decoder_of(*network);
  CHECK_THROWS_AS(decoder.start({}, 1, 21), c10::Error);
  Batch past = decoder.start({}, 1, 8);
  decoder.advance(tokens({1, 8}, 11), past);
  CHECK_THROWS_AS(decoder.advance(tokens({1, 1}, 11), past), c10::Error);
}

TEST_CASE("one more token costs gpt the same after any text, but for the attention to it") {
  const auto cost = [&](int64_t length) { return token_cost(*small_of(64), of_tokens(64, 11), length); };
  const TokenCost early = cost(16), late = cost(60);
  // Matrices of 3 + 1 + 4 + 4 times the width squared in each of two blocks, and the output layer.
  CHECK(early.operations == 2 * (2 * 12 * 16 * 16 + 16 * 11));
  CHECK(late.operations == early.operations);
  CHECK(early.attention == 2 * 2 * 2 * 17 * 16);
  CHECK(late.attention == 2 * 2 * 2 * 61 * 16);
  CHECK(late.written == early.written);
}

TEST_CASE("gpt draws weights with GPT-2's deviations") {
  auto gpt = architecture("gpt");
  at::manual_seed(1);
  const auto network = gpt->build(of_tokens(64, 65));
  for (const NamedTensor& entry : network->parameters()) {
    INFO(entry.name);
    const double mean = entry.tensor->mean().item<double>();
    if (entry.name.ends_with("bias")) CHECK(entry.tensor->abs().max().item<double>() == 0);
    if (entry.tensor->dim() == 1) continue;
    const double expected = entry.name.ends_with("c_proj.weight") ? 0.02 / std::sqrt(8.0) : 0.02;
    CHECK(entry.tensor->std().item<double>() == Approx(expected).epsilon(0.05));
    CHECK(std::abs(mean) < 0.001);
  }
}

TEST_CASE("gpt's outputs depend on earlier tokens alone") {
  const auto network = small()->build(shapes);
  at::Tensor ids = tokens({1, 9}, 11);
  const at::Tensor before = network->forward({{"input", ids}})["output"];
  ids = ids.clone();
  ids[0][6] = (ids[0][6] + 1).remainder(11);
  const at::Tensor after = network->forward({{"input", ids}})["output"];
  CHECK(at::allclose(before.narrow(1, 0, 6), after.narrow(1, 0, 6), 1e-5, 1e-6));
  CHECK(!at::allclose(before.narrow(1, 6, 3), after.narrow(1, 6, 3), 1e-3, 1e-4));
}

TEST_CASE("gpt drops out embeddings, attention and both residuals while training alone") {
  auto gpt = small();
  set(*gpt, "dropout", 0.5);
  const auto network = gpt->build(shapes);
  int64_t dropouts = 0;
  for (const auto& [name, module] : network->modules())
    if (const auto* dropout = dynamic_cast<Dropout*>(module)) dropouts += dropout->p == 0.5;
  CHECK(dropouts == 1 + 2 * 3);
  const Batch batch = {{"input", tokens({2, 9}, 11)}};
  CHECK(!at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
  network->set_training(false);
  CHECK(at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
}

TEST_CASE("gpt without biases has none") {
  auto gpt = small();
  set(*gpt, "bias", false);
  for (const NamedTensor& entry : gpt->build(shapes)->parameters()) CHECK(!entry.name.ends_with("bias"));
}

TEST_CASE("gpt on meta and on flat buffers") {
  check_meta_build(*small(), shapes);
  check_flat_build(*small(), shapes, {{"input", tokens({2, 12}, 11)}});
}

TEST_CASE("gpt says what does not fit") {
  auto gpt = small();
  CHECK_THAT(build_error(*gpt, of_numbers({3}, 2)), Catch::Contains("gpt takes token ids"));
  CHECK_THAT(build_error(*gpt, of_tokens(13, 11)),
             Catch::Contains("architecture.context: 12 is less than the 13 tokens"));
  set(*gpt, "heads", int64_t{3});
  REQUIRE(broken_relations(*gpt).size() == 1);
  CHECK(broken_relations(*gpt)[0].path == "heads");
}

}  // namespace
}  // namespace dlrun::gpt_test
