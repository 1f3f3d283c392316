// What exchanging gradients costs beside the computation. usage: exchange_speed RECIPE [RANKS] [STEPS] [KEY=VALUE...]
//
// Every rank makes steps alone, steps together, and exchanges the same gradients while nobody computes, in turn, and
// the first prints the medians in milliseconds. Hidden is what of that exchange the steps together do not take longer
// than those alone: 1 - (together - alone) / exchange. One thread; one batch again and again.

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "dist/group.h"
#include "dist/local_ranks.h"
#include "spec/read.h"
#include "step/step.h"

namespace {

using namespace dlrun;

struct Asked {
  std::string recipe;
  int64_t ranks = 2, steps = 20;
  std::vector<std::string> overrides = {"hardware.threads=1"};
};

struct Trained {
  Recipe recipe;
  std::optional<Experiment> experiment;
  std::optional<Step> step;
  std::optional<TurnStart> start;
  int64_t done = 0;

  Trained(const Asked& asked, std::shared_ptr<Group> group) {
    read_file(asked.recipe, {asked.overrides}, recipe);
    experiment.emplace(build(recipe, {}));
    experiment->join(std::move(group));
    experiment->all->set_training(true);
    step.emplace(*experiment);
    start.emplace(*experiment->all, experiment->device);
  }
  double seconds(const Batch& batch) {
    const double begin = monotonic_seconds();
    const std::vector<Part> parts = parts_of(*experiment, batch);
    start->take();
    Outcome outcome = step->learn(0, parts, done);
    step->exchange(0, outcome);
    const TurnNumbers numbers = step->limit(0, outcome);
    step->update(0, {.lr = 1e-6}, numbers.loss, {parts, done, *start});
    step->finish(++done);
    return monotonic_seconds() - begin;
  }
};

double median(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  return 1e3 * seconds[seconds.size() / 2];
}

int run(const Asked& asked) {
  const RankPlace place = find_place();
  if (const auto machine = machine_to_start(place, {.devices = place.launcher.empty() ? asked.ranks : 1}))
    return start_local_ranks({.machine = *machine, .arguments = own_arguments()}).code;
  const std::shared_ptr<Group> group = open_group(place);
  Trained alone(asked, open_group({})), together(asked, group);
  const std::unique_ptr<Feed> feed = together.experiment->feed();
  feed->seek(0);
  const Batch batch = together.experiment->place(feed->next());
  const int64_t numbers = together.step->learner(0).parameters->count();

  std::vector<double> apart, joined, exchanged;
  for (int64_t k = -3; k < asked.steps; ++k) {
    group->wait_for_all();
    const double own = alone.seconds(batch);
    group->wait_for_all();
    const double shared = together.seconds(batch);
    group->wait_for_all();
    const double begin = monotonic_seconds();
    for (at::Tensor& gradients : together.step->learner(0).parameters->gradients()) group->add(gradients);
    const double exchange = monotonic_seconds() - begin;
    if (k < 0) continue;
    apart.push_back(own);
    joined.push_back(shared);
    exchanged.push_back(exchange);
  }
  if (group->rank() == 0) {
    const double exposed = median(joined) - median(apart);
    std::printf(
        "dlrun %s, %lld ranks, %lld rows each, %.3f MB of gradients in %zu buckets: alone %.2f ms, together %.2f ms, "
        "exchange %.2f ms, hidden %.0f %%\n",
        together.recipe.name.c_str(), static_cast<long long>(group->size()), static_cast<long long>(batch.count),
        static_cast<double>(numbers) * 4e-6, together.step->learner(0).exchange->buckets(), median(apart),
        median(joined), median(exchanged), 100 * (1 - exposed / median(exchanged)));
  }
  group->wait_for_all();
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: exchange_speed RECIPE [RANKS] [STEPS] [KEY=VALUE...]\n");
    return 64;
  }
  try {
    Asked asked{arguments[1]};
    if (count > 2) asked.ranks = std::atoll(arguments[2]);
    if (count > 3) asked.steps = std::atoll(arguments[3]);
    for (int i = 4; i < count; ++i) asked.overrides.emplace_back(arguments[i]);
    return run(asked);
  } catch (const UserError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.code());
  }
}
