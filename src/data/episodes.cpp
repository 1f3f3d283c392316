// Episodes: batches that are small problems of their own, a few samples of each of a few classes.
// (Vinyals et al. 2016)

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/random.h"
#include "data/whole_batches.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

constexpr uint64_t episodes = uint64_t{1} << 63;  // streams of their own: no augmentation has so high a number

using Class = std::vector<int64_t>;  // its samples, in their order

int64_t size_of(const Class& samples) { return static_cast<int64_t>(samples.size()); }

// The first `count` of a random order.
template <class Item>
std::vector<Item> drawn(std::vector<Item> items, int64_t count, Random& random) {
  for (int64_t i = 0; i < count; ++i)
    std::swap(items[static_cast<size_t>(i)],
              items[static_cast<size_t>(i + random.below(static_cast<int64_t>(items.size()) - i))]);
  items.resize(static_cast<size_t>(count));
  return items;
}

// A batch is an episode: class after class, of each the shots and then the queries. Training episodes draw both; a
// class with too few samples for them is never drawn. Held-out episodes (and those of a training that does not shuffle)
// leave nothing to chance: the first `ways` classes in their order, the next `ways`, and so on, their first samples as
// shots and the next as queries, fewer where a class has fewer. Classes that fill no episode are left over.
struct Episodes final : Sampler, MakesWholeBatches {
  int64_t ways = 5, shots = 1, queries = 15, per_epoch = 100;

  std::vector<Field> fields() override {
    return {field("ways", ways, "Classes in an episode.", at_least(2)),
            field("shots", shots, "Samples of each class that show what it is.", at_least(1)),
            field("queries", queries, "Samples of each class that are asked for; held-out classes may have fewer.",
                  at_least(1)),
            field("per_epoch", per_epoch, "Training episodes in an epoch.", at_least(1))};
  }

  bool held_out_too() const override { return true; }

  void check(const Split& split) const override {
    if (split.size() > 0 && split.label(0) < 0)
      throw UserError(ExitCode::bad_recipe,
                      "sampler: episodes are made of classes, and samples of these data have none; shuffled takes any");
    const size_t enough = classes_of(split, shots + queries).size();
    if (static_cast<int64_t>(enough) < ways)
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("sampler.ways: an episode takes {} classes of at least {} samples (shots and "
                                  "queries), and of the training's {} classes {} have as many",
                                  ways, shots + queries, classes_of(split, 1).size(), enough));
  }

  int64_t batches(const Split& split, const SamplerOptions& options) const override {
    return options.shuffle ? per_epoch : static_cast<int64_t>(in_order(split).size()) / ways;
  }

  EpochOrder epoch(const Split& split, const SamplerOptions& options, int64_t epoch) const override {
    EpochOrder order;
    const auto add = [&](const std::vector<Class>& chosen, int64_t asked, Random* random) {
      for (const Class& samples : chosen) {
        const Class taken =
            random ? drawn(samples, shots + asked, *random) : Class(samples.begin(), samples.begin() + shots + asked);
        order.samples.insert(order.samples.end(), taken.begin(), taken.end());
      }
      order.starts.push_back(size_of(order.samples));
    };
    if (options.shuffle) {
      const std::vector<Class> classes = classes_of(split, shots + queries);
      for (int64_t i = 0; i < per_epoch; ++i) {
        Random random(options.seed, static_cast<uint32_t>(epoch), episodes | static_cast<uint64_t>(i + 1));
        add(drawn(classes, ways, random), queries, &random);
      }
      return order;
    }
    const std::vector<Class> classes = in_order(split);
    for (auto first = classes.begin(); classes.end() - first >= ways; first += ways) {
      const std::vector<Class> chosen(first, first + ways);
      int64_t asked = queries;
      for (const Class& samples : chosen) asked = std::min(asked, size_of(samples) - shots);
      add(chosen, asked, nullptr);
    }
    return order;
  }

 private:
  // Those with at least so many samples, by their number.
  static std::vector<Class> classes_of(const Split& split, int64_t least) {
    std::map<int64_t, Class> by_label;
    for (int64_t i = 0; i < split.size(); ++i)
      if (const int64_t label = split.label(i); label >= 0) by_label[label].push_back(i);
    std::vector<Class> classes;
    for (auto& [label, samples] : by_label)
      if (size_of(samples) >= least) classes.push_back(std::move(samples));
    return classes;
  }

  // What held-out episodes are made of.
  std::vector<Class> in_order(const Split& split) const {
    std::vector<Class> classes = classes_of(split, shots + 1);
    if (static_cast<int64_t>(classes.size()) < ways)
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("sampler.ways: an episode takes {} classes, and a held-out split has {} with the "
                                  "{} samples that shots and a query are",
                                  ways, classes.size(), shots + 1));
    return classes;
  }
};

const Registered<Sampler, Episodes> episodes_entry{"episodes", "Batches of a few samples of each of a few classes."};

}  // namespace
}  // namespace dlrun
