// What may follow several texts that grow together, token by token.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "models/decoder.h"
#include "nn/module.h"

namespace dlrun {

// A network sees the last `window` tokens of a text, at positions from 0. Until a text is longer, a Decoder reads only
// what is new. From then on every token moves all others to another position, where nothing that was computed holds:
// the window is run as a whole, as it always is through a network that is no Decoder.
class NextScores {
 public:
  NextScores(Network& network, int64_t window);

  // Texts [rows, length] int64, length at least 1: those of the last call, with more behind them -> scores [rows, V] of
  // the next token, float64 on the CPU.
  at::Tensor of(const at::Tensor& texts);

 private:
  at::Tensor scores(const at::Tensor& texts);

  Network& network_;
  Decoder* decoder_;  // null: it is none
  int64_t window_;
  at::Device device_;
  Batch past_;
  int64_t read_ = 0;
};

}  // namespace dlrun
