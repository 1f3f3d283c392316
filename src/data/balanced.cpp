// Draws samples so that every class comes as often as the others. (torch's WeightedRandomSampler with inverse counts)

#include <map>

#include "base/error.h"
#include "base/random.h"
#include "data/sampler.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

constexpr uint64_t stream = uint64_t{1} << 63;  // a stream of its own: no augmentation has so high a number

struct Balanced final : Sampler {
  std::vector<Field> fields() override { return {}; }

  void check(const Split& split) const override {
    if (split.size() > 0 && split.label(0) < 0)
      throw UserError(ExitCode::bad_recipe,
                      "sampler: balanced draws every class as often as the others, and samples of these data have no "
                      "class; shuffled takes any");
  }

  // With replacement: a class by a fair draw, then one of its samples. Rare samples come several times in an epoch,
  // common ones not in each.
  EpochOrder epoch(const Split& split, const SamplerOptions& options, int64_t epoch) const override {
    std::map<int64_t, std::vector<int64_t>> by_class;
    for (int64_t i = 0; i < split.size(); ++i) by_class[split.label(i)].push_back(i);
    std::vector<const std::vector<int64_t>*> classes;
    for (const auto& [label, samples] : by_class) classes.push_back(&samples);
    Random random(options.seed, static_cast<uint32_t>(epoch), stream);
    std::vector<int64_t> samples(static_cast<size_t>(split.size()));
    for (int64_t& sample : samples) {
      const std::vector<int64_t>& of =
          *classes[static_cast<size_t>(random.below(static_cast<int64_t>(classes.size())))];
      sample = of[static_cast<size_t>(random.below(static_cast<int64_t>(of.size())))];
    }
    return EpochOrder::cut(std::move(samples), options.batch_size, options.drop_last);
  }
};

const Registered<Sampler, Balanced> balanced_entry{"balanced",
                                                   "Draws every class as often as the others, with replacement."};

}  // namespace
}  // namespace dlrun
