// What samplers share: the cut of an order into batches.

#include "data/sampler.h"

#include "spec/catalog.h"

namespace dlrun {

std::span<const int64_t> EpochOrder::batch(int64_t index) const {
  const int64_t first = starts.at(static_cast<size_t>(index)), end = starts.at(static_cast<size_t>(index + 1));
  return std::span(samples).subspan(static_cast<size_t>(first), static_cast<size_t>(end - first));
}

EpochOrder EpochOrder::cut(std::vector<int64_t> samples, int64_t batch_size, bool drop_last) {
  EpochOrder order{std::move(samples), {0}};
  const int64_t size = static_cast<int64_t>(order.samples.size());
  for (int64_t end = batch_size; end <= size; end += batch_size) order.starts.push_back(end);
  if (!drop_last && order.starts.back() < size) order.starts.push_back(size);
  return order;
}

std::shared_ptr<const Sampler> default_sampler() {
  return std::static_pointer_cast<const Sampler>(Catalog::instance().find(Sampler::kind, "shuffled")->make());
}

int64_t Sampler::batches(const Split& split, const SamplerOptions& options) const {
  const int64_t size = split.size(), whole = size / options.batch_size;
  return whole + (options.drop_last || size % options.batch_size == 0 ? 0 : 1);
}

}  // namespace dlrun
