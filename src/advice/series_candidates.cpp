// Networks for series of numbers.

#include "advice/candidate.h"

namespace dlrun {
namespace {

constexpr int64_t few_series = 1000;

bool several_channels(const DataLook& look) { return look.sizes.size() == 2 && look.sizes.front() > 0; }

}  // namespace

std::vector<Candidate> series_candidates(const DataLook& look) {
  const std::string cosine = "lr_scheduler: {type: cosine, warmup_steps: 50}";
  Candidate cnn{"cnn1d",
                "Convolutions along the steps find shapes wherever they are.",
                {"architecture:\n  type: cnn1d\n  blocks:\n"
                 "    - {channels: 64, kernel: 5, norm: batch}\n"
                 "    - {channels: 64, kernel: 5, stride: 2, norm: batch}\n"
                 "    - {channels: 64, kernel: 3, stride: 2, norm: batch}",
                 "optimizer: {type: adamw, lr: 3e-3, weight_decay: 0.05}", cosine}};
  set_length(look, 3000, 15, cnn);
  Candidate gru{"gru",
                "A recurrent network in both directions: for order over long stretches; slower than convolutions.",
                {"architecture: {type: gru, hidden_size: 64, bidirectional: true, pool: mean}",
                 "optimizer: {type: adamw, lr: 3e-3, weight_decay: 0.01}", cosine,
                 "regularization: {gradient_clipping: {type: norm, value: 1.0}}"}};
  set_length(look, 3000, 15, gru);
  if (several_channels(look)) gru.data = {"layout: channels_last"};
  Candidate inception{"inception_time",
                      "Convolutions of three lengths side by side, six deep: the strongest single network on the UCR "
                      "archive when it was published (Ismail Fawaz et al. 2020), and the slowest of these.",
                      {"architecture: {type: inception_time, nb_filters: 16}",
                       "optimizer: {type: adamw, lr: 1e-3, weight_decay: 0.01}", cosine}};
  set_length(look, 1500, 15, inception);
  if (look.sizes.front() < 0) {  // cnn1d and inception_time take series of one length.
    Candidate tcn{"tcn",
                  "Convolutions that look back ever farther, layer by layer, from the last step.",
                  {"architecture: {type: tcn, num_channels: [64, 64, 64], kernel_size: 3, dropout: 0.1}",
                   "optimizer: {type: adamw, lr: 3e-3, weight_decay: 0.01}", cosine}};
    set_length(look, 3000, 15, tcn);
    return {gru, tcn};
  }
  if (look.samples < few_series) return {inception, cnn, gru};
  return {cnn, gru, inception};
}

}  // namespace dlrun
