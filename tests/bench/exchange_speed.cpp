// What exchanging gradients costs beside the computation. usage: exchange_speed RECIPE [RANKS] [STEPS] [KEY=VALUE...]
//
// Every rank makes steps alone, steps together, exchanges the same gradients while nobody computes, and one number, in
// turn, and the first prints medians in milliseconds. A step is over when the slowest rank's is. Waited is what passes
// from the end of the last rank's backward pass until all sums are there; hidden is what of the exchange by itself that
// is not: 1 - waited / exchange. The processor's time is that of all threads of all ranks: what ranks that share
// processors with each other pay for an exchange that nobody waits for. One thread; one batch again and again.
//
// DLRUN_TRACE=FILE: the step with the median of what was waited, every bucket of every rank, as JSON.

#include <ATen/ATen.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "dist/gloo.h"
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
  // [3]: when the step began, when its backward pass had ended, and when its sums were there.
  at::Tensor make(const Batch& batch) {
    const double begun = monotonic_seconds();
    const std::vector<Part> parts = parts_of(*experiment, batch);
    start->take();
    Outcome outcome = step->learn(0, parts, done);
    const double learned = monotonic_seconds();
    step->exchange(0, outcome);
    const double summed = monotonic_seconds();
    const TurnNumbers numbers = step->limit(0, outcome);
    step->update(0, {.lr = 1e-6}, numbers.loss, {parts, done, *start});
    step->finish(++done);
    return at::tensor({begun, learned, summed}, at::kDouble);
  }
};

double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// What something took: until the slowest rank had done it, and of all processors.
struct Measured {
  std::vector<double> seconds, processor;

  // All begin at one moment: those that share a processor are in each other's way, and nobody is late for the others.
  template <class Work>
  void add(Group& group, const Work& work) {
    constexpr double until_all_know = 2e-3;
    const double soon =
        group.append(at::tensor({monotonic_seconds()}, at::kDouble)).max().item<double>() + until_all_know;
    std::this_thread::sleep_for(std::chrono::duration<double>(soon - monotonic_seconds()));
    const double begin = monotonic_seconds(), used = processor_seconds();
    work();
    at::Tensor took = at::tensor({monotonic_seconds() - begin, processor_seconds() - used}, at::kDouble);
    const at::Tensor all = group.append(took.unsqueeze(0));
    seconds.push_back(all.select(1, 0).max().item<double>());
    processor.push_back(all.select(1, 1).sum().item<double>());
  }
};

double median(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  return 1e3 * seconds[seconds.size() / 2];
}

// The times of a step of all ranks, since the first of them began: steps [ranks, 3], sums [ranks, buckets, 3].
nlohmann::ordered_json trace_of(const at::Tensor& steps, const at::Tensor& sums) {
  const double zero = steps.select(1, 0).min().item<double>();
  const auto since = [&](const at::Tensor& moment) { return std::round(1e5 * (moment.item<double>() - zero)) / 100; };
  nlohmann::ordered_json ranks = nlohmann::ordered_json::array();
  for (int64_t rank = 0; rank < steps.size(0); ++rank) {
    nlohmann::ordered_json buckets = nlohmann::ordered_json::array();
    for (int64_t i = 0; i < sums.size(1); ++i)
      buckets.push_back({{"bytes", sums[rank][i][0].item<int64_t>()},
                         {"begun_ms", since(sums[rank][i][1])},
                         {"ended_ms", since(sums[rank][i][2])}});
    ranks.push_back({{"rank", rank},
                     {"begun_ms", since(steps[rank][0])},
                     {"backward_ended_ms", since(steps[rank][1])},
                     {"summed_ms", since(steps[rank][2])},
                     {"buckets", buckets}});
  }
  return ranks;
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

  GradientExchange& exchange = *together.step->learner(0).exchange;
  Measured apart, joined, exchanged, number;
  std::vector<double> waited;
  std::vector<nlohmann::ordered_json> traces;
  for (int64_t k = -3; k < asked.steps; ++k) {
    if (k == 0) {
      apart = joined = exchanged = number = {};
      waited.clear();
      traces.clear();
    }
    at::Tensor made;
    apart.add(*group, [&] { alone.make(batch); });
    joined.add(*group, [&] { made = together.make(batch); });
    std::vector<double> sums;
    for (const SumTimes& one : take_sum_times(*group))
      sums.insert(sums.end(), {static_cast<double>(one.bytes), one.begun, one.ended});
    exchanged.add(*group, [&] {
      at::Tensor numbers_of_step = at::zeros({3}, at::kDouble);
      exchange.expect();
      exchange.complete(numbers_of_step, {});
    });
    take_sum_times(*group);
    number.add(*group, [&] {
      at::Tensor all = at::empty({group->size()});
      group->gather(at::ones({1}), all);
    });
    const at::Tensor steps = group->append(made.unsqueeze(0));
    const at::Tensor buckets =
        group->append(at::tensor(sums, at::kDouble).view({1, static_cast<int64_t>(sums.size()) / 3, 3}));
    waited.push_back((steps.select(1, 2).max() - steps.select(1, 1).max()).item<double>());
    traces.push_back(trace_of(steps, buckets));
  }
  if (group->rank() == 0) {
    const double alone_ms = median(apart.seconds), waited_ms = median(waited), exchange_ms = median(exchanged.seconds);
    std::printf(
        "dlrun %s, %lld ranks, %lld rows each, %.3f MB of gradients in %zu buckets: alone %.2f ms, together %.2f ms, "
        "exchange %.2f ms, waited %.2f ms, hidden %.0f %%, number %.2f ms; the processors' time of the first three "
        "%.2f, "
        "%.2f, %.2f ms\n",
        together.recipe.name.c_str(), static_cast<long long>(group->size()), static_cast<long long>(batch.count),
        static_cast<double>(numbers) * 4e-6, exchange.buckets(), alone_ms, median(joined.seconds), exchange_ms,
        waited_ms, 100 * (1 - waited_ms / exchange_ms), median(number.seconds), median(apart.processor),
        median(joined.processor), median(exchanged.processor));
    if (const char* path = std::getenv("DLRUN_TRACE")) {
      std::vector<size_t> order(waited.size());
      for (size_t i = 0; i < order.size(); ++i) order[i] = i;
      std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return waited[a] < waited[b]; });
      std::ofstream(path) << traces[order[order.size() / 2]].dump(1) << '\n';
    }
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
