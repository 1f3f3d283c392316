// What may follow several texts that grow together, token by token.

#include "tasks/next_scores.h"

#include <algorithm>

namespace dlrun {

NextScores::NextScores(Network& network, int64_t window)
    : network_(network), decoder_(dynamic_cast<Decoder*>(&network)), window_(window), device_(network.device()) {}

at::Tensor NextScores::of(const at::Tensor& texts) { return scores(texts).select(1, -1).to(at::kCPU, at::kDouble); }

at::Tensor NextScores::scores(const at::Tensor& texts) {
  const int64_t length = texts.size(1), seen = std::min(length, window_);
  if (!decoder_ || length > window_) {
    Batch batch{{"input", texts.narrow(1, length - seen, seen).contiguous().to(device_)}};
    batch.count = texts.size(0);
    return network_.forward(batch)["output"];
  }
  if (read_ == 0) past_ = decoder_->start({}, texts.size(0), window_);
  const at::Tensor unread = texts.narrow(1, read_, length - read_).contiguous().to(device_);
  read_ = length;
  return decoder_->advance(unread, past_);
}

}  // namespace dlrun
