// Gated recurrent units over sequences. (Cho et al. 2014; torch.nn.GRU)

#include "models/sequence.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Gru final : SequenceArchitecture {
  std::vector<Field> fields() override { return sequence_fields(); }

 protected:
  RecurrentCell cell() const override { return RecurrentCell::gru; }
  std::string name() const override { return "gru"; }
};

const Registered<Architecture, Gru> gru_entry{"gru", "Gated recurrent units over sequences of tokens or numbers."};

}  // namespace
}  // namespace dlrun
