// What tests of recurrent networks share: the cases of golden/recurrent.py, and what padding may not do.

#pragma once

#include <string>
#include <vector>

#include "models/decoding.h"
#include "nn/over_steps.h"
#include "nn/recurrent.h"

namespace dlrun {

inline std::shared_ptr<Architecture> small_sequence(const std::string& type, int64_t layers = 1, bool both = false) {
  auto made = architecture(type);
  set<int64_t>(*made, "embedding_size", 5);
  set<int64_t>(*made, "hidden_size", 6);
  set<int64_t>(*made, "layers", layers);
  set(*made, "bidirectional", both);
  return made;
}

// Token sequences of unequal lengths and three answers for each sample or position.
inline Shapes sequences(Shapes::Per per = Shapes::Per::sample) {
  Shapes shapes = of_tokens(7, 11);
  shapes.inputs[0].sizes = {-1};
  shapes.outputs = 3;
  shapes.per = per;
  shapes.causal = false;
  return shapes;
}

inline Batch token_batch(bool lengths) {
  Batch batch{{"input", tokens({3, 7}, 11)}};
  if (lengths) batch.set("input.lengths", at::tensor(std::vector<int64_t>{7, 2, 5}));
  batch.count = 3;
  return batch;
}

inline void check_sequence(const std::string& type) {
  const nlohmann::json golden = read_golden(type);
  const auto check = [&](const char* name, const Architecture& made, const Shapes& shapes, const Batch& batch) {
    INFO(type << " " << name);
    const auto network = made.build(shapes);
    fill_by_formula(*network);
    const at::Tensor output = network->forward(batch)["output"];
    CHECK(relative_difference(output, golden[name]["output"]) < 1e-5);
    check_gradients(*network, output, golden[name]["gradients"]);
  };
  check("plain", *small_sequence(type), sequences(), token_batch(false));
  check("both", *small_sequence(type, 2, true), sequences(), token_batch(false));
  check("packed", *small_sequence(type, 2), sequences(), token_batch(true));
  check("packed_both", *small_sequence(type, 2, true), sequences(), token_batch(true));
  check("positions", *small_sequence(type, 1, true), sequences(Shapes::Per::position), token_batch(true));
  check("numbers", *small_sequence(type), of_numbers({7, 4}, 3), {{"input", numbers({3, 7, 4})}});
}

inline void check_sequence_decoder(const std::string& type) {
  check_decoder(*small_sequence(type, 2), of_tokens(20, 11));
  const auto cost = [&](int64_t length) { return token_cost(*small_sequence(type), of_tokens(64, 11), length); };
  const TokenCost early = cost(16), late = cost(60);
  CHECK(early.operations > 2 * 6 * (5 + 6));
  CHECK(late.operations == early.operations);
  CHECK(late.attention == 0);
  CHECK(late.written == early.written);
}

inline void check_initial_weights(const std::string& type, RecurrentCell cell) {
  at::manual_seed(7);
  const Recurrent layer({cell, 5, 6, 2, true, 0.0});
  std::vector<at::Tensor> all;
  for (const NamedTensor& parameter : layer.parameters()) all.push_back(parameter.tensor->detach().flatten());
  CHECK(relative_difference(at::cat(all).slice(0, 0, std::nullopt, 7), read_golden(type)["drawn"]) < 1e-7);
}

// What stands behind the end of a sample changes no answer and no gradient, whichever way answers are pooled.
inline void check_padding(const std::string& type) {
  for (const char* pool : {"last", "mean", "max"}) {
    for (const bool both : {false, true}) {
      for (const auto per : {Shapes::Per::sample, Shapes::Per::position}) {
        INFO(type << " pool " << pool << " both " << both);
        auto made = small_sequence(type, 2, both);
        set<std::string>(*made, "pool", pool);
        const auto network = made->build(sequences(per));
        fill_by_formula(*network);
        // The second sample alone, unpadded, and within a batch whose padding is something.
        const Batch batch = token_batch(true);
        const at::Tensor alone =
            network->forward({{"input", batch["input"].narrow(0, 1, 1).narrow(1, 0, 2)}})["output"];
        const auto in_batch = [&](int64_t filler) {
          Batch padded = batch;
          at::Tensor input = batch["input"].clone();
          input[1].slice(0, 2).fill_(filler);
          input[2].slice(0, 5).fill_(filler);
          padded.set("input", input);
          for (const NamedTensor& parameter : network->parameters()) parameter.tensor->mutable_grad().reset();
          at::Tensor output = network->forward(padded)["output"];
          if (per == Shapes::Per::position)
            output = output * within_lengths(batch["input.lengths"], 7).unsqueeze(2).to(at::kFloat);
          output.square().sum().backward();
          std::vector<at::Tensor> all = {output.detach()};
          for (const NamedTensor& parameter : network->parameters()) all.push_back(parameter.tensor->grad().clone());
          return all;
        };
        const std::vector<at::Tensor> zeros = in_batch(0), others = in_batch(9);
        at::Tensor second = zeros[0].narrow(0, 1, 1);
        if (per == Shapes::Per::position) second = second.narrow(1, 0, 2);
        CHECK(at::allclose(second, alone, 1e-5, 1e-6));
        CHECK(at::equal(zeros[0], others[0]));
        for (size_t i = 1; i < zeros.size(); ++i) CHECK(at::allclose(zeros[i], others[i], 1e-5, 1e-6));
      }
    }
  }
}

}  // namespace dlrun
