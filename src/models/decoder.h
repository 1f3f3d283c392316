// What a network can do that answers a sequence of tokens position by position: go on from what it has already read.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "tensor/batch.h"

namespace dlrun {

// An ability of a Network beside forward(), found by dynamic_cast: its scores [B, T, V] at a position follow from that
// token and those before it alone, and reading a text in pieces gives what forward() gives for the whole of it, up to
// rounding. A token costs the same whatever was read before it, but for the attention to it.
class Decoder {
 public:
  virtual ~Decoder() = default;

  // The memory of `rows` texts that nothing was read of yet, with room for `length` tokens of each. All its fields have
  // rows of samples, so a selection of rows goes on as those texts; their names are the network's own. `context` is
  // what else the network reads, `rows` samples of it (a picture, a text to translate), and empty for one that reads
  // tokens alone. Throws c10::Error where the network cannot read `length` tokens.
  virtual Batch start(const Batch& context, int64_t rows, int64_t length) = 0;

  // The next tokens [B, T] int64 of each text, T at least 1 -> scores of what follows each [B, T, V], without
  // gradients. `past` is the memory before them and becomes that behind them; copies of a Batch share their tensors, so
  // the copy is then worth nothing. Throws c10::Error where there is no room.
  at::Tensor advance(const at::Tensor& tokens, Batch& past);

 protected:
  virtual at::Tensor decode(const at::Tensor& tokens, Batch& past) = 0;
};

}  // namespace dlrun
