// Recurrent layers over sequences, also of unequal lengths: Elman's RNN, the GRU and the LSTM.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nn/dropout.h"
#include "nn/module.h"

namespace dlrun {

enum class RecurrentCell { rnn_tanh, rnn_relu, gru, lstm };

struct RecurrentOptions {
  RecurrentCell cell = RecurrentCell::lstm;
  int64_t inputs = 1, hidden = 1, layers = 1;
  bool bidirectional = false;
  double dropout = 0.0;  // between layers
};

// Names, shapes, initial weights and order of draws are those of torch.nn.RNN, GRU and LSTM: weight_ih_l0 [gates
// hidden, inputs], weight_hh_l0, bias_ih_l0, bias_hh_l0, with "_reverse" behind them for the way back. (Elman 1990; Cho
// et al. 2014; Hochreiter and Schmidhuber 1997)
class Recurrent final : public Module {
 public:
  explicit Recurrent(const RecurrentOptions& options);

  int64_t outputs() const { return options_.hidden * directions(); }
  // input [B, T, inputs] -> [B, T, outputs()]. With lengths [B] int64 (from 1 to T) what stands behind a sample's end
  // changes nothing: the way back starts at its last step, and the output behind it is 0, as PyTorch's packed
  // sequences.
  at::Tensor forward(const at::Tensor& input, const at::Tensor& lengths = {});
  bool passes() const override { return true; }

  // A sequence in pieces, onward alone. `states` are those before the first step, "hidden_l0" [rows, hidden] of each
  // layer and of an LSTM "cell_l0" too, all 0; advance() answers as forward() and leaves those behind the last step.
  Batch start(int64_t rows) const;
  at::Tensor advance(const at::Tensor& input, Batch& states);

 private:
  at::Tensor compute(const at::Tensor& input, const at::Tensor& lengths);
  at::Tensor compute_onward(const at::Tensor& input, Batch& states);
  int64_t directions() const { return options_.bidirectional ? 2 : 1; }
  at::Tensor layer(const at::Tensor& input, int64_t index, const at::Tensor& lengths);
  // One run of ATen's operator over the weights of these directions. `state` [directions, B, hidden], two of them for
  // an LSTM, is where it begins and then where it ended.
  at::Tensor run(const at::Tensor& input, std::vector<at::Tensor> weights, bool both,
                 std::vector<at::Tensor>& state) const;
  at::Tensor run_from_zero(const at::Tensor& input, std::vector<at::Tensor> weights, bool both) const;
  std::vector<std::string> state_names(int64_t layer) const;

  RecurrentOptions options_;
  std::vector<at::Tensor> weights_;  // four for each layer and direction
  std::shared_ptr<Dropout> dropout_;
};

// Position t becomes position length - 1 - t of its sample; what is behind the end stays. values [B, T, F], lengths
// [B].
at::Tensor reversed_within(const at::Tensor& values, const at::Tensor& lengths);

}  // namespace dlrun
