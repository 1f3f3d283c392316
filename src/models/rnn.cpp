// Elman's recurrent network over sequences. (Elman 1990; torch.nn.RNN)

#include "models/sequence.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Rnn final : SequenceArchitecture {
  std::string nonlinearity = "tanh";

  std::vector<Field> fields() override {
    std::vector<Field> fields = sequence_fields();
    fields.insert(fields.begin(), field("nonlinearity", nonlinearity, "Of the recurrence.", one_of("tanh", "relu")));
    return fields;
  }

 protected:
  RecurrentCell cell() const override {
    return nonlinearity == "relu" ? RecurrentCell::rnn_relu : RecurrentCell::rnn_tanh;
  }
  std::string name() const override { return "rnn"; }
};

const Registered<Architecture, Rnn> rnn_entry{"rnn", "Elman's recurrent network over sequences of tokens or numbers."};

}  // namespace
}  // namespace dlrun
