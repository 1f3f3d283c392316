// What recurrent networks share: tokens or numbers in, one answer for each sample or for each position out.

#pragma once

#include <memory>
#include <string>

#include "models/architecture.h"
#include "nn/recurrent.h"

namespace dlrun {

// rnn, lstm and gru differ in their cell alone.
struct SequenceArchitecture : Architecture {
  int64_t embedding_size = 128;
  int64_t hidden_size = 128;
  int64_t layers = 1;
  bool bidirectional = false;
  double dropout = 0.0;
  std::string pool = "last";

  std::shared_ptr<Network> build(const Shapes& shapes) const override;

 protected:
  virtual RecurrentCell cell() const = 0;
  virtual std::string name() const = 0;  // of the type, and of the layer's parameters: "lstm"
  // The fields above and those that every architecture has.
  std::vector<Field> sequence_fields();
};

}  // namespace dlrun
