// transformer against torch.nn.TransformerEncoder, with padding masks too, and its limits.

#include "models/transformer_encoder.h"

#include <catch2/catch.hpp>

#include "models/encoder.h"
#include "models/recurrent.h"
#include "nn/over_steps.h"
#include "spec/relation.h"

namespace dlrun::transformer_test {
namespace {

std::shared_ptr<Architecture> small(const std::string& pool = "mean", const std::string& positions = "sinusoidal") {
  auto made = architecture("transformer");
  set<int64_t>(*made, "d_model", 8);
  set<int64_t>(*made, "nhead", 2);
  set<int64_t>(*made, "dim_feedforward", 12);
  set(*made, "dropout", 0.0);
  set(*made, "pool", pool);
  set(*made, "positions", positions);
  return made;
}

Batch number_batch(bool lengths) {
  Batch batch{{"input", numbers({3, 7, 4})}};
  if (lengths) batch.set("input.lengths", at::tensor(std::vector<int64_t>{7, 2, 5}));
  batch.count = 3;
  return batch;
}

TEST_CASE("transformer has torch's names, results and gradients, in training and evaluation") {
  const nlohmann::json golden = read_golden("transformer");
  const auto check = [&](const char* name, const Architecture& made, const Shapes& shapes, const Batch& batch) {
    INFO(name);
    const auto network = made.build(shapes);
    fill_by_formula(*network);
    const auto answer = [&] {
      const at::Tensor output = network->forward(batch)["output"];
      if (shapes.per == Shapes::Per::sample || !batch.has("input.lengths")) return output;
      return output * within_lengths(batch["input.lengths"], 7).unsqueeze(2).to(at::kFloat);
    };
    const at::Tensor output = answer();
    CHECK(relative_difference(output, golden[name]["output"]) < 1e-5);
    check_gradients(*network, output, golden[name]["gradients"]);
    network->set_training(false);
    CHECK(relative_difference(answer(), golden[name]["eval"]) < 1e-5);
  };
  check("plain", *small(), sequences(), token_batch(false));
  auto padded = small();
  set<std::string>(*padded, "activation", "gelu");
  check("padded", *padded, sequences(), token_batch(true));
  auto cls = small("cls", "learned");
  set(*cls, "norm_first", true);
  set<int64_t>(*cls, "max_length", 8);
  check("cls", *cls, sequences(), token_batch(true));
  auto largest = small("max", "none");
  set(*largest, "layer_norm_eps", 1e-2);
  check("max", *largest, sequences(), token_batch(true));
  check("numbers", *small("last"), of_numbers({7, 4}, 3), number_batch(false));
  auto learned = small("last", "learned");
  set(*learned, "norm_first", true);
  set(*learned, "final_norm", std::optional<bool>(false));
  set<int64_t>(*learned, "max_length", 9);
  check("numbers_padded", *learned, of_numbers({-1, 4}, 3), number_batch(true));
  check("positions", *small(), sequences(Shapes::Per::position), token_batch(true));
  Shapes next = of_tokens(7, 11);
  next.outputs = 3;
  check("causal", *small(), next, token_batch(false));
}

TEST_CASE("a layer of the transformer starts from torch's weights after the same seed") {
  at::manual_seed(7);
  const TransformerEncoder encoder({.d_model = 8, .nhead = 2, .num_layers = 1, .dim_feedforward = 12});
  std::vector<at::Tensor> all;
  for (const NamedTensor& parameter : encoder.parameters()) all.push_back(parameter.tensor->detach().flatten());
  CHECK(relative_difference(at::cat(all).slice(0, 0, std::nullopt, 7), read_golden("transformer")["drawn"]) <
        drawn_tolerance);
}

TEST_CASE("padding changes no number of transformer") {
  for (const char* pool : {"cls", "mean", "max", "last"}) {
    INFO(pool);
    const auto network = small(pool)->build(sequences());
    fill_by_formula(*network);
    const auto filled = [&](int64_t filler) {
      Batch batch = token_batch(true);
      at::Tensor input = batch["input"].clone();
      input[1].slice(0, 2).fill_(filler);
      input[2].slice(0, 5).fill_(filler);
      batch.set("input", input);
      return network->forward(batch)["output"];
    };
    const at::Tensor alone =
        network->forward({{"input", token_batch(true)["input"].narrow(0, 1, 1).narrow(1, 0, 2)}})["output"];
    CHECK(at::equal(filled(0), filled(9)));
    CHECK(at::allclose(filled(0).narrow(0, 1, 1), alone, 1e-5, 1e-6));
  }
}

TEST_CASE("transformer looks at no later step where the next token is asked") {
  Shapes shapes = of_tokens(9, 11);
  const auto network = small()->build(shapes);
  fill_by_formula(*network);
  at::Tensor ids = tokens({1, 9}, 11);
  const at::Tensor before = network->forward({{"input", ids}})["output"];
  ids = ids.clone();
  ids[0][6] = (ids[0][6] + 1).remainder(11);
  const at::Tensor after = network->forward({{"input", ids}})["output"];
  CHECK(at::allclose(before.narrow(1, 0, 6), after.narrow(1, 0, 6), 1e-5, 1e-6));
  CHECK_FALSE(at::allclose(before.narrow(1, 6, 1), after.narrow(1, 6, 1), 1e-3, 1e-4));
}

TEST_CASE("dropout of a transformer lies on the sequence, attention and three places of each layer") {
  auto made = small();
  set(*made, "dropout", 0.5);
  const auto network = made->build(sequences());
  int64_t found = 0;
  for (const auto& [name, module] : network->modules())
    if (const auto* dropout = dynamic_cast<const Dropout*>(module)) found += dropout->p == 0.5;
  CHECK(found == 1 + 2 * 4);
  const Batch batch = token_batch(true);
  CHECK_FALSE(at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
  network->set_training(false);
  CHECK(at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
}

TEST_CASE("transformer for no outputs answers with what its head would take") {
  Shapes shapes = sequences();
  shapes.outputs = 0;
  const auto network = small()->build(shapes);
  CHECK(dynamic_cast<const Encoder&>(*network).width() == 8);
  CHECK(network->forward(token_batch(true))["output"].sizes() == at::IntArrayRef({3, 8}));
  for (const NamedTensor& entry : network->parameters()) CHECK_FALSE(entry.name.starts_with("fc"));
}

TEST_CASE("transformer without biases keeps those of its projection and its head") {
  auto made = small("cls", "learned");
  set(*made, "bias", false);
  for (const NamedTensor& entry : made->build(of_numbers({7, 4}, 3))->parameters())
    CHECK((!entry.name.ends_with("bias") || entry.name == "projection.bias" || entry.name == "fc.bias"));
}

TEST_CASE("transformer on meta and on flat buffers") {
  check_meta_build(*small("cls"), sequences());
  check_flat_build(*small("cls", "learned"), of_numbers({7, 4}, 3), number_batch(false));
  check_flat_build(*small(), sequences(), token_batch(true));
}

TEST_CASE("transformer says what does not fit") {
  CHECK_THAT(build_error(*small(), of_numbers({3, 8, 8}, 2)), Catch::Contains("sequences of tokens"));
  CHECK_THAT(build_error(*small(), sequences(Shapes::Per::pixel)), Catch::Contains("each pixel"));
  CHECK_THAT(build_error(*small("mean", "learned"), sequences()), Catch::StartsWith("architecture.max_length"));
  auto shorter = small("mean", "learned");
  set<int64_t>(*shorter, "max_length", 5);
  CHECK_THAT(build_error(*shorter, of_numbers({7, 4}, 3)), Catch::Contains("5 is less than the 7 steps"));
  const auto network = shorter->build(sequences());
  try {
    network->forward(token_batch(true));
    FAIL("more steps than places");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    CHECK_THAT(error.what(), Catch::Contains("7 steps") && Catch::Contains("5 of them"));
  }
  auto odd = small();
  set<int64_t>(*odd, "d_model", 9);
  CHECK(broken_relations(*odd).size() == 2);
}

}  // namespace
}  // namespace dlrun::transformer_test
