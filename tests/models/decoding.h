// What tests of decoders share: reading in pieces is reading the whole, and what one more token costs.

#pragma once

#include <algorithm>
#include <vector>

#include <ATen/core/function_schema.h>
#include "models/decoder.h"

#include "models/support.h"
#include "tensor/operations.h"
#include "tensor/tap.h"

namespace dlrun {

inline std::shared_ptr<Network> small_decoder(const Architecture& made, const Shapes& shapes) {
  const auto network = made.build(shapes);
  fill_by_formula(*network);
  network->set_training(false);
  return network;
}

inline Decoder& decoder_of(Network& network) {
  auto* decoder = dynamic_cast<Decoder*>(&network);
  REQUIRE(decoder);
  return *decoder;
}

// `shapes` are of sequences of tokens; all pieces end where a sequence does.
inline void check_decoder(const Architecture& made, const Shapes& shapes) {
  const auto network = small_decoder(made, shapes);
  Decoder& decoder = decoder_of(*network);
  const int64_t length = shapes.input().sizes[0];
  REQUIRE(length > 12);
  const at::Tensor ids = tokens({3, length}, shapes.outputs);
  const at::Tensor whole = network->forward({{"input", ids}})["output"].detach();
  const auto close = [](const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>() < 1e-5; };
  const auto read = [&](Batch& past, std::vector<int64_t> pieces) {
    std::vector<at::Tensor> scores;
    int64_t first = 0;
    for (const int64_t piece : pieces) {
      scores.push_back(decoder.advance(ids.narrow(1, first, piece), past));
      CHECK_FALSE(scores.back().requires_grad());
      first += piece;
    }
    return at::cat(scores, 1);
  };
  Batch past = decoder.start({}, 3, length);
  CHECK(close(read(past, std::vector<int64_t>(static_cast<size_t>(length), 1)), whole));
  past = decoder.start({}, 3, length);
  CHECK(close(read(past, {5, 1, 4, length - 10}), whole));

  // Some of the texts go on alone.
  past = decoder.start({}, 3, length);
  read(past, {7});
  past = past.cut(1, 2);
  CHECK(close(decoder.advance(ids.narrow(0, 1, 2).narrow(1, 7, 3), past), whole.narrow(0, 1, 2).narrow(1, 7, 3)));
  CHECK_THROWS_AS(decoder.advance(ids.narrow(1, 10, 1), past), c10::Error);
}

// Of one more token of one text, after `length` others.
struct TokenCost {
  int64_t operations = 0;  // outside of attention
  int64_t attention = 0;
  int64_t written = 0;  // numbers of results that are no views, and of those changed in place
};

inline TokenCost token_cost(const Architecture& made, const Shapes& shapes, int64_t length) {
  const auto network = small_decoder(made, shapes);
  Decoder& decoder = decoder_of(*network);
  const at::Tensor ids = tokens({1, length + 1}, shapes.outputs);
  Batch past = decoder.start({}, 1, shapes.input().sizes[0]);
  decoder.advance(ids.narrow(1, 0, length), past);
  TokenCost cost;
  tap([&] { decoder.advance(ids.narrow(1, length, 1), past); },
      [&](const TappedCall& call) {
        const bool attends = call.name() == "aten::scaled_dot_product_attention";
        (attends ? cost.attention : cost.operations) += operations(call);
        const std::vector<at::Tensor> inputs = call.inputs();
        for (const at::Tensor& output : call.outputs()) {
          const bool view = std::any_of(inputs.begin(), inputs.end(),
                                        [&](const at::Tensor& input) { return output.is_alias_of(input); });
          if (!view || call.schema->is_mutable()) cost.written += output.numel();
        }
      });
  return cost;
}

}  // namespace dlrun
