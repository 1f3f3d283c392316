// Every sample once an epoch, in a new order each time; in their own order where shuffling is off.

#include "base/random.h"
#include "data/sampler.h"
#include "data/tensor_split.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Shuffled final : Sampler {
  std::vector<Field> fields() override { return {}; }

  EpochOrder epoch(const Split& split, const SamplerOptions& options, int64_t epoch) const override {
    std::vector<int64_t> order = options.shuffle ? permutation(split.size(), options.seed, static_cast<uint64_t>(epoch))
                                                 : all_rows(split.size());
    return EpochOrder::cut(std::move(order), options.batch_size, options.drop_last);
  }
};

const Registered<Sampler, Shuffled> shuffled_entry{"shuffled", "Every sample once an epoch, in a new order each time."};

}  // namespace
}  // namespace dlrun
