// What the training loop takes batches from.

#include "data/feed.h"

#include <algorithm>

namespace dlrun {

LoaderFeed::LoaderFeed(std::unique_ptr<Loader> first, Beside beside, int64_t limit)
    : first_(std::move(first)),
      beside_(std::move(beside)),
      steps_(limit > 0 ? std::min(limit, first_->batches()) : first_->batches()) {}

void LoaderFeed::seek(int64_t step) {
  step_ = step;
  first_->seek(step / steps_, step % steps_);
  for (auto& [prefix, loader] : beside_) loader->seek(step / loader->batches(), step % loader->batches());
}

Batch LoaderFeed::next() {
  if (step_ % steps_ == 0) first_->seek(step_ / steps_);
  Batch batch = *first_->next();
  TORCH_CHECK(batch.count > 0, "a batch with fewer samples than processes");
  for (auto& [prefix, loader] : beside_) {
    if (step_ % loader->batches() == 0) loader->seek(step_ / loader->batches());
    Batch other = *loader->next();
    TORCH_CHECK(other.count >= batch.count, "a stream of ", other.count, " samples beside ", batch.count);
    if (other.count > batch.count) other = other.cut(0, batch.count);
    for (const Batch::Item& item : other.items()) batch.set(prefix + item.name, item.value, item.rows);
  }
  ++step_;
  return batch;
}

double LoaderFeed::waited_seconds() const {
  double seconds = first_->waited_seconds();
  for (const auto& [prefix, loader] : beside_) seconds += loader->waited_seconds();
  return seconds;
}

}  // namespace dlrun
