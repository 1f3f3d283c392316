// Long short-term memory over sequences. (Hochreiter and Schmidhuber 1997; torch.nn.LSTM)

#include "models/sequence.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Lstm final : SequenceArchitecture {
  std::vector<Field> fields() override { return sequence_fields(); }

 protected:
  RecurrentCell cell() const override { return RecurrentCell::lstm; }
  std::string name() const override { return "lstm"; }
};

const Registered<Architecture, Lstm> lstm_entry{"lstm", "Long short-term memory over sequences of tokens or numbers."};

}  // namespace
}  // namespace dlrun
