// Episodes: which samples they hold, in which order, and what they refuse.

#include <map>
#include <set>

#include "data/components.h"
#include "data/sampler.h"
#include "spec/read.h"

namespace dlrun::episodes_test {
namespace {

struct SamplerHolder final : Params {
  Choice<Sampler> sampler;
  std::vector<Field> fields() override { return {field("sampler", sampler, "Under test.")}; }
  explicit SamplerHolder(const std::string& yaml) { read_text("sampler: " + yaml + "\n", "test.yaml", {}, *this); }
};

// Samples of classes that lie in no order: `sizes[c]` of class c.
std::shared_ptr<Split> split_of(const std::vector<int64_t>& sizes) {
  std::vector<int64_t> labels;
  for (size_t i = 0; i < 100; ++i)
    for (size_t c = 0; c < sizes.size(); ++c)
      if (static_cast<int64_t>(i) < sizes[c]) labels.push_back(static_cast<int64_t>(c));
  const int64_t count = static_cast<int64_t>(labels.size());
  return std::make_shared<TensorSplit>(
      TensorSplit::Fields{{"input", at::zeros({count, 1})}, {"target", at::tensor(labels)}}, all_rows(count));
}

const std::string three = "{type: episodes, ways: 3, shots: 2, queries: 4, per_epoch: 200}";
const SamplerOptions training{18, true, false, 7}, held_out{18, false, false, 7};

TEST_CASE("a training episode is class after class, each with samples that come once") {
  const auto split = split_of({9, 6, 8, 5, 7});
  const SamplerHolder holder(three);
  const EpochOrder order = holder.sampler->epoch(*split, training, 2);
  REQUIRE(order.batches() == 200);
  CHECK(holder.sampler->batches(*split, training) == 200);
  std::map<int64_t, int64_t> classes, samples;
  for (int64_t i = 0; i < order.batches(); ++i) {
    const auto episode = order.batch(i);
    REQUIRE(episode.size() == 18);
    std::set<int64_t> seen(episode.begin(), episode.end()), ways;
    CHECK(seen.size() == 18);
    for (size_t way = 0; way < 3; ++way) {
      const int64_t label = split->label(episode[way * 6]);
      ways.insert(label);
      ++classes[label];
      for (size_t k = 0; k < 6; ++k) CHECK(split->label(episode[way * 6 + k]) == label);
      ++samples[episode[way * 6]];
    }
    CHECK(ways.size() == 3);
  }
  // Class 3 has five samples, one too few. Of the other four each is in three of four episodes.
  CHECK(classes.size() == 4);
  for (const auto& [label, count] : classes) CHECK(static_cast<double>(count) == Approx(150).margin(25));
  CHECK(samples.size() == 30);  // any sample may be a shot
}

TEST_CASE("an episode follows from seed, epoch and its place alone") {
  const auto split = split_of({9, 6, 8, 5, 7});
  const SamplerHolder holder(three);
  const EpochOrder order = holder.sampler->epoch(*split, training, 2);
  CHECK(holder.sampler->epoch(*split, training, 2).samples == order.samples);
  CHECK(holder.sampler->epoch(*split, training, 3).samples != order.samples);
  CHECK(holder.sampler->epoch(*split, {18, true, false, 8}, 2).samples != order.samples);
  const SamplerHolder fewer("{type: episodes, ways: 3, shots: 2, queries: 4, per_epoch: 5}");
  const EpochOrder start = fewer.sampler->epoch(*split, training, 2);
  CHECK(std::equal(start.samples.begin(), start.samples.end(), order.samples.begin()));
}

TEST_CASE("held-out episodes are the classes in their order, with fewer queries where a class has fewer") {
  const auto split = split_of({6, 9, 6, 2, 4, 7, 6, 3});
  const SamplerHolder holder(three);
  CHECK(holder.sampler->held_out_too());
  CHECK(holder.sampler->batches(*split, held_out) == 2);
  const EpochOrder order = holder.sampler->epoch(*split, held_out, 0);
  CHECK(holder.sampler->epoch(*split, held_out, 5).samples == order.samples);
  REQUIRE(order.batches() == 2);
  const auto check = [&](int64_t batch, const std::vector<int64_t>& classes, size_t each) {
    REQUIRE(order.batch(batch).size() == classes.size() * each);
    for (size_t way = 0; way < classes.size(); ++way) {
      int64_t next = 0;
      for (size_t k = 0; k < each; ++k, ++next) {
        while (split->label(next) != classes[way]) ++next;
        CHECK(order.batch(batch)[way * each + k] == next);  // its first samples
      }
    }
  };
  check(0, {0, 1, 2}, 6);
  check(1, {4, 5, 6}, 4);  // class 3 has no query, class 4 has two; class 7 is left over
}

TEST_CASE("episodes refuse samples without classes, and too few classes or samples") {
  const SamplerHolder holder(three);
  const TensorSplit plain({{"input", at::zeros({50, 1})}}, all_rows(50));
  test::check_error([&] { holder.sampler->check(plain); }, ExitCode::bad_recipe, "samples of these data have none");
  test::check_error(
      [&] {
        holder.sampler->check(*split_of({6, 5, 9, 5}));
      },
      ExitCode::bad_recipe,
      "sampler.ways: an episode takes 3 classes of at least 6 samples (shots and queries), and of the "
      "training's 4 classes 2 have as many");
  CHECK_NOTHROW(holder.sampler->check(*split_of({6, 6, 9, 5})));
  test::check_error(
      [&] {
        holder.sampler->batches(*split_of({6, 3, 2}), held_out);
      },
      ExitCode::bad_recipe, "a held-out split has 2 with the 3 samples");
}

}  // namespace
}  // namespace dlrun::episodes_test
