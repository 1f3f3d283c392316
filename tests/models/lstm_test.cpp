// lstm against torch.nn.LSTM, over packed sequences too, and its limits.

#include <catch2/catch.hpp>

#include "models/recurrent.h"

namespace dlrun::lstm_test {
namespace {

TEST_CASE("lstm has torch's names, results and gradients") { check_sequence("lstm"); }

TEST_CASE("lstm starts from torch's weights after the same seed") {
  check_initial_weights("lstm", RecurrentCell::lstm);
}

TEST_CASE("lstm reads a text in pieces as it reads the whole, and each token costs the same") {
  check_sequence_decoder("lstm");
}

TEST_CASE("padding changes no number of lstm") { check_padding("lstm"); }

TEST_CASE("lstm on meta and on flat buffers") {
  check_meta_build(*small_sequence("lstm", 2, true), sequences());
  check_flat_build(*small_sequence("lstm", 2, true), sequences(), token_batch(false));
}

TEST_CASE("recurrent networks refuse pictures, answers for pixels, and looking ahead where the next token is asked") {
  CHECK_THAT(build_error(*small_sequence("lstm"), of_numbers({3, 8, 8}, 2)), Catch::Contains("sequences of tokens"));
  CHECK_THAT(build_error(*small_sequence("lstm"), sequences(Shapes::Per::pixel)), Catch::Contains("each pixel"));
  CHECK_THAT(build_error(*small_sequence("lstm", 1, true), of_tokens(7, 11)),
             Catch::StartsWith("architecture.bidirectional"));
}

TEST_CASE("recurrent networks decode only where the next token is asked") {
  const auto decodes = [](const Shapes& shapes) {
    return dynamic_cast<Decoder*>(small_sequence("lstm")->build(shapes).get()) != nullptr;
  };
  CHECK(decodes(of_tokens(7, 11)));
  CHECK_FALSE(decodes(sequences()));
  CHECK_FALSE(decodes(sequences(Shapes::Per::position)));
}

TEST_CASE("dropout of a recurrent network lies on embeddings, between layers and before the output") {
  auto made = small_sequence("lstm", 2);
  set(*made, "dropout", 0.5);
  const auto network = made->build(sequences());
  int64_t found = 0;
  for (const auto& [name, module] : network->modules())
    if (const auto* dropout = dynamic_cast<const Dropout*>(module)) found += dropout->p == 0.5;
  CHECK(found == 3);
  const Batch batch = token_batch(true);
  CHECK_FALSE(at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
  network->set_training(false);
  CHECK(at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
}

// As torch.nn.LSTM: behind every layer but the last.
TEST_CASE("dropout of recurrent layers masks what each layer gives the next, and nothing else") {
  at::manual_seed(3);
  Recurrent all({RecurrentCell::lstm, 4, 6, 3, false, 0.5});
  Recurrent first({RecurrentCell::lstm, 4, 6, 1, false, 0.0}), second({RecurrentCell::lstm, 6, 6, 1, false, 0.0}),
      third({RecurrentCell::lstm, 6, 6, 1, false, 0.0});
  const std::vector<NamedTensor> weights = all.parameters();
  size_t next = 0;
  for (Recurrent* one : {&first, &second, &third})
    for (const NamedTensor& weight : one->parameters()) weight.tensor->detach().copy_(*weights[next++].tensor);
  const at::Tensor input = numbers({5, 7, 4});
  at::manual_seed(9);
  const at::Tensor output = all.forward(input);
  at::manual_seed(9);
  const at::Tensor inner = dropout(first.forward(input), 0.5);
  CHECK(inner.eq(0).to(at::kFloat).mean().item<double>() == Approx(0.5).margin(0.12));
  CHECK(at::allclose(output, third.forward(dropout(second.forward(inner), 0.5)), 1e-6, 1e-7));
  CHECK(output.ne(0).all().item<bool>());
}

}  // namespace
}  // namespace dlrun::lstm_test
