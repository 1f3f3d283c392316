// Which samples the batches of an epoch hold.

#include "data/sampler.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "data/token_split.h"
#include "spec/read.h"

namespace dlrun::sampler_test {

namespace {

struct SamplerHolder final : Params {
  Choice<Sampler> sampler;
  std::vector<Field> fields() override { return {field("sampler", sampler, "Under test.")}; }
  explicit SamplerHolder(const std::string& yaml) { read_text("sampler: " + yaml + "\n", "test.yaml", {}, *this); }
};

// `count` sequences of 1 to 40 tokens; one in ten is of class 1, the others of class 0.
std::shared_ptr<Split> sequences(int64_t count) {
  std::vector<TokenSplit::Sample> samples;
  Random random(5, 0);
  for (int64_t i = 0; i < count; ++i)
    samples.push_back({std::vector<int32_t>(static_cast<size_t>(1 + random.below(40)), 3), {i % 10 == 0}});
  return std::make_shared<TokenSplit>(std::move(samples), false, [](int64_t i) { return std::to_string(i); });
}

std::vector<int64_t> sorted(std::vector<int64_t> values) {
  std::sort(values.begin(), values.end());
  return values;
}

double padding_of(const EpochOrder& order, const Split& split) {
  double padded = 0, real = 0;
  for (int64_t i = 0; i < order.batches(); ++i) {
    int64_t longest = 0;
    for (const int64_t sample : order.batch(i)) longest = std::max(longest, split.length(sample));
    for (const int64_t sample : order.batch(i)) real += static_cast<double>(split.length(sample));
    padded += static_cast<double>(longest * static_cast<int64_t>(order.batch(i).size()));
  }
  return padded / real - 1;
}

}  // namespace

TEST_CASE("every sampler gives the batches it says, the same ones each time it is asked") {
  const auto split = sequences(103);
  for (const char* type : {"shuffled", "bucketed", "balanced", "{type: bucketed, bucket_batches: 3}"}) {
    const SamplerHolder holder(type);
    for (const bool shuffle : {false, true})
      for (const bool drop_last : {false, true}) {
        INFO(type << " shuffle " << shuffle << " drop_last " << drop_last);
        const SamplerOptions options{10, shuffle, drop_last, 7};
        for (int64_t epoch = 0; epoch < 3; ++epoch) {
          const EpochOrder order = holder.sampler->epoch(*split, options, epoch);
          CHECK(order.batches() == holder.sampler->batches(*split, options));
          CHECK(order.batches() == (drop_last ? 10 : 11));
          for (int64_t i = 0; i < 10; ++i) CHECK(order.batch(i).size() == 10);
          CHECK(order.samples == holder.sampler->epoch(*split, options, epoch).samples);
          if (shuffle) CHECK(order.samples != holder.sampler->epoch(*split, options, epoch + 1).samples);
        }
      }
  }
}

TEST_CASE("shuffled and bucketed give every sample once") {
  const auto split = sequences(103);
  for (const char* type : {"shuffled", "bucketed"}) {
    const EpochOrder order = SamplerHolder(type).sampler->epoch(*split, {10, true, false, 7}, 2);
    std::vector<int64_t> all(103);
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
    CHECK(sorted(order.samples) == all);
  }
  CHECK(SamplerHolder("shuffled").sampler->epoch(*split, {10, true, false, 7}, 2).samples == permutation(103, 7, 2));
}

TEST_CASE("bucketed batches hold little padding, in an order that does not follow length") {
  const auto split = sequences(1000);
  const SamplerOptions options{10, true, true, 7};
  const EpochOrder by_length = SamplerHolder("bucketed").sampler->epoch(*split, options, 0);
  const EpochOrder by_chance = SamplerHolder("shuffled").sampler->epoch(*split, options, 0);
  CHECK(padding_of(by_length, *split) < 0.05);
  CHECK(padding_of(by_chance, *split) > 0.5);
  int64_t rises = 0;
  for (int64_t i = 1; i < by_length.batches(); ++i)
    rises += split->length(by_length.batch(i)[0]) > split->length(by_length.batch(i - 1)[0]);
  CHECK(rises > 30);
  CHECK(rises < 70);
}

TEST_CASE("balanced draws rare classes as often as common ones, and needs classes") {
  const auto split = sequences(1000);
  std::map<int64_t, int64_t> counts;
  for (int64_t epoch = 0; epoch < 10; ++epoch)
    for (const int64_t sample : SamplerHolder("balanced").sampler->epoch(*split, {10, true, true, 7}, epoch).samples)
      ++counts[split->label(sample)];
  CHECK(std::abs(counts[0] - 5000) < 250);  // five deviations of a fair coin
  std::vector<TokenSplit::Sample> unlabelled = {{{1, 2}, {}}};
  const TokenSplit none(std::move(unlabelled), false, [](int64_t) { return ""; });
  CHECK_THROWS_AS(SamplerHolder("balanced").sampler->check(none), UserError);
}

}  // namespace dlrun::sampler_test
