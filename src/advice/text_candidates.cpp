// Networks for texts with a class.

#include "advice/candidate.h"

namespace dlrun {

std::vector<Candidate> text_candidates(const DataLook& look) {
  const std::string cosine = "lr_scheduler: cosine",
                    clipping = "regularization: {gradient_clipping: {type: norm, value: 1.0}}";
  Candidate lstm{
      "lstm",
      "A recurrent network over words in both directions: strong on texts of a few hundred words, also "
      "where they are few.",
      {"architecture: {type: lstm, embedding_size: 200, hidden_size: 128, bidirectional: true, dropout: 0.5, "
       "pool: max}",
       "optimizer: {type: adamw, lr: 2e-3, weight_decay: 0.05}", cosine, clipping, "sampler: bucketed"}};
  set_length(look, 1500, 6, lstm);
  Candidate gru{"gru",
                "A smaller recurrent network: quicker, and often as good.",
                {"architecture: {type: gru, embedding_size: 100, hidden_size: 64, bidirectional: true, dropout: 0.5, "
                 "pool: mean}",
                 "optimizer: {type: adamw, lr: 2e-3, weight_decay: 0.05}", cosine, clipping, "sampler: bucketed"}};
  set_length(look, 1500, 6, gru);
  return {lstm, gru};
}

}  // namespace dlrun
