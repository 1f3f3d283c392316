// Recipes on two and four processes: the losses of one process, and the same bits whenever it is run.

#include <ATen/ATen.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "data/mixed.h"
#include "data/whole_batches.h"
#include "dist/gloo.h"
#include "dist/ranks.h"
#include "nn/dropout.h"
#include "recipes.h"
#include "spec/catalog.h"
#include "spec/read.h"
#include "step/step.h"
#include "tensor/random_streams.h"

namespace dlrun::shared_recipes_test {
namespace {

constexpr int64_t steps = 20;
constexpr int64_t batch_size = 18;  // unequal shares for four processes, equal ones for two

// Draws alike for the rows of a share, whichever process computes it.
struct SeededShares final : StepWatcher {
  RandomStreams& streams;
  const std::vector<Part>& parts;
  int64_t first, step, player;
  SeededShares(RandomStreams& streams, const std::vector<Part>& parts, int64_t first, int64_t step, int64_t player)
      : streams(streams), parts(parts), first(first), step(step), player(player) {}
  void part(const Part& part, const std::function<void()>& work) override {
    streams.seed(static_cast<uint64_t>((step * 16 + player) * 16 + first + (&part - parts.data())));
    work();
  }
};

struct Way {
  std::string file;
  // Of so many processes, whose shares are then the parts of one process's batch too, each with draws of its own; 0:
  // the batch goes through one network in one piece, as far as nothing is drawn.
  int64_t shares = 0;
};

std::vector<Part> shares_of(const Batch& batch, int64_t count) {
  std::vector<Part> parts;
  for (int64_t r = 0; r < count; ++r) {
    const int64_t begin = r * batch.count / count, length = (r + 1) * batch.count / count - begin;
    parts.push_back({{begin, length}, batch.cut(begin, length)});
  }
  return parts;
}

// The losses of every turn, a hash of all weights, and whether anything was drawn: as text for the test's own process.
std::string train(Group& group, const Way& way) {
  set_log_verbosity(-2);  // What is to say of the data was said elsewhere.
  Recipe recipe, asked;
  read_file(way.file, {}, asked);
  resolve(asked);
  std::vector<std::string> overrides = {"hardware.threads=1",
                                        way.shares ? "hardware.sync_batchnorm=false" : "hardware.sync_batchnorm=true"};
  if (!makes_whole_batches(*asked.sampler))
    overrides.insert(overrides.end(), {"trainer.batch_size=" + std::to_string(batch_size), "trainer.drop_last=true",
                                       "trainer.micro_batch_size=null", "trainer.gradient_accumulation_steps=null"});
  // Every process gives the optimizer the same gradients. Plain steps do not enlarge what rounding makes different, as
  // those do that divide by a gradient, search along a line, or are too long.
  overrides.push_back("optimizer={type: sgd, lr: 0.01, momentum: 0.5}");
  read_file(way.file, {overrides}, recipe);
  resolve(recipe);
  Experiment experiment = build(recipe, {});
  require_shares(experiment, std::max<int64_t>(group.size(), 4));
  experiment.join({&group, [](Group*) {}});
  experiment.all->set_training(true);
  if (!way.shares)
    for (const auto& [name, module] : experiment.all->modules())
      if (auto* dropout = dynamic_cast<Dropout*>(module)) dropout->p = 0.0;
  Step step(experiment);
  TurnStart start(*experiment.all, experiment.device);
  RandomStreams streams(experiment.device);
  const at::Tensor drawn = streams.take().front().second.clone();
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  std::string said;
  for (int64_t k = 0; k < steps; ++k) {
    const Batch batch = experiment.place(feed->next());
    const Setting setting = recipe.lr_scheduler->at(recipe.optimizer->lr, Course{k, steps, steps, {}, false});
    for (size_t player = 0; player < step.players(); ++player) {
      if (!step.due(player, k)) continue;
      start.take();
      const std::vector<Part> parts =
          way.shares && group.size() == 1 ? shares_of(batch, way.shares) : parts_of(experiment, batch);
      SeededShares seeded(streams, parts, group.rank(), k, static_cast<int64_t>(player));
      Outcome outcome = step.learn(player, parts, k, way.shares ? &seeded : nullptr);
      step.exchange(player, outcome);
      const TurnNumbers numbers = step.limit(player, outcome);
      said.append(reinterpret_cast<const char*>(&numbers.loss), sizeof numbers.loss);
      if (!numbers.finite) return said;
      step.update(player, setting, numbers.loss, {parts, k, start});
    }
    step.finish(k + 1);
  }
  std::string weights;
  for (const NamedTensor& parameter : experiment.all->parameters()) {
    const at::Tensor dense = parameter.tensor->detach().contiguous();
    weights.append(static_cast<const char*>(dense.const_data_ptr()), dense.nbytes());
  }
  return said + hash_hex(weights) + (streams.take().front().second.equal(drawn) ? "." : "!");
}

// Samples are mixed with others of their own process.
bool mixes_samples(const std::filesystem::path& file) {
  Recipe recipe;
  read_file(file.string(), {}, recipe);
  for (size_t i = 0; i < recipe.augmentation.size(); ++i)
    if (dynamic_cast<const MixesSamples*>(&recipe.augmentation[i])) return true;
  return false;
}

struct Trained {
  std::vector<double> losses;
  std::string rest;  // of the text
};

constexpr size_t rest_length = 33;  // 32 digits and a sign

// One of several ranks speaks for all, once they say the same.
Trained trained(int64_t ranks, const Way& way) {
  const std::vector<test::Ended> ended = test::run_ranks(ranks, [&](Group& group) { return train(group, way); });
  for (const test::Ended& one : ended) {
    const bool same = one.said == ended.front().said;
    CHECK(same);
  }
  const std::string& said = ended.front().said;
  if (said.starts_with("UserError") || said.starts_with("exception") || said.size() < rest_length) return {{}, said};
  Trained found;
  found.losses.resize((said.size() - rest_length) / sizeof(double));
  std::memcpy(found.losses.data(), said.data(), found.losses.size() * sizeof(double));
  found.rest = said.substr(found.losses.size() * sizeof(double));
  return found;
}

double apart(const Trained& one, const Trained& other) {
  double most = 0;
  for (size_t i = 0; i < one.losses.size(); ++i)
    most = std::max(most, std::abs(one.losses[i] - other.losses[i]) / std::max(1e-3, std::abs(one.losses[i])));
  return most;
}

std::set<std::string> architectures_of(const std::vector<std::filesystem::path>& files) {
  std::set<std::string> found;
  for (const std::filesystem::path& file : files) {
    Recipe recipe;
    read_file(file.string(), {}, recipe);
    found.insert(recipe.architecture.type);
  }
  return found;
}

}  // namespace

TEST_CASE("every architecture is in a small recipe") {
  test::find_data();
  const std::set<std::string> found = architectures_of(test::small_recipe_files());
  for (const Entry* entry : Catalog::instance().entries("architecture")) {
    INFO(entry->name);
    CHECK(found.contains(entry->name));
  }
}

// The small recipes show every kind of component; DLRUN_RECIPE names another.
TEST_CASE("two and four processes make the losses of one, and twice the same bits") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  test::find_data();
  for (const std::filesystem::path& file :
       std::getenv("DLRUN_RECIPE") ? test::recipes_to_try() : test::small_recipe_files()) {
    INFO(file);
    if (mixes_samples(file)) {
      std::printf("left out: %s: samples are mixed with others of their process\n", file.filename().c_str());
      continue;
    }
    const Trained one = trained(1, {file.string()});
    if (one.losses.empty() && one.rest.find("hardware.devices: 4 processes") != std::string::npos) {
      std::printf("left out: %s: %s\n", file.filename().c_str(), one.rest.c_str());
      continue;
    }
    INFO(one.rest);
    REQUIRE(one.losses.size() >= static_cast<size_t>(steps));
    const bool draws = one.rest.back() == '!';
    for (const int64_t ranks : {2, 4}) {
      INFO(ranks << " processes");
      const Way way{file.string(), draws ? ranks : 0};
      const Trained several = trained(ranks, way);
      INFO(several.rest);
      REQUIRE(several.losses.size() == one.losses.size());
      const double difference = apart(draws ? trained(1, way) : one, several);
      std::printf("%s, %d processes: %.2g apart%s\n", file.filename().c_str(), static_cast<int>(ranks), difference,
                  draws ? ", draws alike" : "");
      // Sums of float16 numbers in another order differ by more, and norms over the few rows of a share enlarge what
      // rounding makes different (docs/processes.md), on some processors more than on others.
      const bool enlarged = file.stem() == "half_precision" || file.stem() == "unet";
      CHECK(difference <= (enlarged ? 1e-4 : 1e-5));
      if (ranks == 4) continue;
      const Trained again = trained(ranks, way);
      CHECK(again.losses == several.losses);
      CHECK(again.rest == several.rest);
    }
  }
}

}  // namespace dlrun::shared_recipes_test
