// Batches of samples that are about as long, so that little of them is padding. (Khomenko et al. 2016)

#include <algorithm>

#include "base/random.h"
#include "data/sampler.h"
#include "data/tensor_split.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

constexpr uint64_t order_of_batches = uint64_t{1} << 32;  // a stream of its own beside the order of samples

struct Bucketed final : Sampler {
  int64_t bucket_batches = 50;

  std::vector<Field> fields() override {
    return {field("bucket_batches", bucket_batches,
                  "Batches whose samples are sorted by length together: fewer leave more to chance, more leave less "
                  "padding.",
                  at_least(1))};
  }

  bool held_out_too() const override { return true; }

  // Samples in a new order, sorted by length within each bucket; then batches in a new order. The smaller last batch
  // stays the last, so that it can be left out.
  EpochOrder epoch(const Split& split, const SamplerOptions& options, int64_t epoch) const override {
    const uint64_t number = static_cast<uint64_t>(epoch);
    std::vector<int64_t> samples =
        options.shuffle ? permutation(split.size(), options.seed, number) : all_rows(split.size());
    std::vector<int64_t> lengths(samples.size());
    for (size_t i = 0; i < lengths.size(); ++i) lengths[i] = split.length(static_cast<int64_t>(i));
    const size_t bucket = static_cast<size_t>(bucket_batches * options.batch_size);
    const size_t whole =
        samples.size() / static_cast<size_t>(options.batch_size) * static_cast<size_t>(options.batch_size);
    for (size_t first = 0; first < whole; first += bucket)
      std::stable_sort(
          samples.begin() + static_cast<int64_t>(first),
          samples.begin() + static_cast<int64_t>(std::min(first + bucket, whole)),
          [&](int64_t a, int64_t b) { return lengths[static_cast<size_t>(a)] < lengths[static_cast<size_t>(b)]; });
    EpochOrder order = EpochOrder::cut(std::move(samples), options.batch_size, options.drop_last);
    if (!options.shuffle) return order;
    const int64_t full = static_cast<int64_t>(whole) / options.batch_size;
    const std::vector<int64_t> places = permutation(full, options.seed, order_of_batches + number);
    std::vector<int64_t> mixed;
    mixed.reserve(order.samples.size());
    for (const int64_t place : places)
      for (const int64_t sample : order.batch(place)) mixed.push_back(sample);
    mixed.insert(mixed.end(), order.samples.begin() + static_cast<int64_t>(whole), order.samples.end());
    order.samples = std::move(mixed);
    return order;
  }
};

const Registered<Sampler, Bucketed> bucketed_entry{"bucketed",
                                                   "Every sample once an epoch, in batches of about equal lengths."};

}  // namespace
}  // namespace dlrun
