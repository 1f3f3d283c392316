// What a training step takes on many devices.

#include "dist/scaling.h"

#include <algorithm>
#include <utility>

namespace dlrun {
namespace {

// `passes` times once round the ring, with the n-th part of the bytes at a time.
double ring_seconds(const DeviceLink& link, double n, double bytes, double passes) {
  return link.start + passes * (n - 1) * (link.latency + bytes / n / link.bytes_per_second);
}

// What is joined of a norm by those who have parts of a network: the sum of squares, and whether all is finite.
constexpr double norm_bytes = 16;

}  // namespace

ScaledStep scaled_step(const DeviceStep& step, const ExchangedGradients& gradients, const DeviceLink& link,
                       int64_t devices, Sharding sharding) {
  const auto n = static_cast<double>(devices);
  const double update = sharding == Sharding::optimizer ? step.update / n : step.update;
  ScaledStep scaled{devices, step.forward + step.backward + update, 0.0, 0.0};
  if (devices == 1) return scaled;
  const auto ring = [&](double bytes, double passes) { return ring_seconds(link, n, bytes, passes); };
  const double last = step.backward / static_cast<double>(gradients.parts);  // the backward pass of the last part
  double free = 0.0, bytes = 0.0, slowed = 0.0;                              // when the link is, counted from its start
  for (const ExchangedBucket& bucket : gradients.buckets) {
    const double takes = ring(bucket.bytes, 2), begun = std::max(free, bucket.ready * last + slowed);
    free = begun + takes;
    const double beside = std::max(0.0, last + slowed - begun);  // what is left to compute
    slowed += link.busy * std::min(takes, beside / std::max(1e-9, 1 - link.busy));
    scaled.exchange += takes;
    bytes += bucket.bytes;
  }
  // Each sends all of it to everybody.
  const double closing = gradients.closing > 0 ? ring(n * gradients.closing, 1) : 0.0;
  scaled.exchange += closing;
  scaled.waiting = std::max(slowed, free - last) + closing;
  if (sharding == Sharding::optimizer) {
    scaled.exchange += ring(bytes, 1);
    scaled.waiting += ring(bytes, 1);
  }
  return scaled;
}

namespace {

// What computes one after the other in a step of shared weights: a layer, forward or back.
struct Pass {
  size_t layer = 0;
  double seconds = 0.0, summed = 0.0;
  bool asks = true;  // for the layer's weights
};

std::vector<Pass> passes_of(const DeviceStep& step, const GatheredWeights& weights) {
  const std::vector<GatheredLayer>& layers = weights.layers;
  const auto parts = static_cast<double>(weights.parts);
  std::vector<Pass> passes;
  for (int64_t part = 0; part < weights.parts; ++part) {
    for (size_t i = 0; i < layers.size(); ++i) passes.push_back({i, step.forward / parts * layers[i].share, 0.0, true});
    for (size_t i = layers.size(); i-- > 0;)
      passes.push_back({i, step.backward / parts * layers[i].share, layers[i].summed,
                        weights.again == GatheredAgain::all ||
                            (weights.again == GatheredAgain::all_but_last && i + 1 < layers.size())});
  }
  return passes;
}

// Weights that are gathered in one exchange.
struct GatheredRun {
  double bytes = 0.0;  // those of each layer once
  size_t asks = 0;     // that it serves
};

std::vector<GatheredRun> runs_of(const std::vector<Pass>& passes, const GatheredWeights& weights) {
  std::vector<GatheredRun> runs;
  double asked = 0.0;
  std::vector<size_t> in_run;
  for (const Pass& pass : passes) {
    if (!pass.asks) continue;
    const double bytes = weights.layers[pass.layer].gathered;
    asked += bytes;
    if (runs.empty() || asked > weights.run_bytes) {
      runs.emplace_back();
      in_run.clear();
      asked = bytes;
    }
    if (std::find(in_run.begin(), in_run.end(), pass.layer) == in_run.end()) runs.back().bytes += bytes;
    in_run.push_back(pass.layer);
    ++runs.back().asks;
  }
  return runs;
}

}  // namespace

ScaledStep sharded_step(const DeviceStep& step, const GatheredWeights& weights, const DeviceLink& link,
                        int64_t devices) {
  const auto n = static_cast<double>(devices);
  ScaledStep scaled{devices, step.forward + step.backward + step.update / n, 0.0, 0.0};
  if (devices == 1 || weights.layers.empty()) return scaled;
  // When the link is free, when what is begun has been computed, and what the device has to do for exchanges until
  // then.
  double free = 0.0, computed = 0.0, owed = 0.0;
  const auto travel = [&](double asked, double bytes) {
    const double takes = ring_seconds(link, n, bytes, 1);
    scaled.exchange += takes;
    owed += link.busy * takes;
    return free = std::max(free, asked) + takes;
  };
  const auto wait_until = [&](double there) {
    owed = std::max(0.0, owed - std::max(0.0, there - computed));  // It has the time for it.
    computed = std::max(computed, there);
  };
  const std::vector<Pass> passes = passes_of(step, weights);
  const std::vector<GatheredRun> runs = runs_of(passes, weights);
  size_t run = 0, served = 0;
  double there = travel(0.0, runs[0].bytes), added = 0.0, waiting = 0.0;  // bytes of gradients that wait for others
  const auto add_up = [&] {
    wait_until(added);
    if (waiting > 0) added = travel(computed, waiting);
    waiting = 0.0;
  };
  for (const Pass& pass : passes) {
    if (pass.asks && served == 0) {
      wait_until(there);
      if (run + 1 < runs.size()) there = travel(computed, runs[run + 1].bytes);
    }
    if (pass.asks && ++served == runs[run].asks) {
      ++run;
      served = 0;
    }
    computed += pass.seconds + std::exchange(owed, 0.0);
    waiting += pass.summed;
    if (pass.summed > 0 && waiting >= weights.run_bytes) add_up();
  }
  add_up();
  wait_until(free);
  scaled.waiting = computed + owed - step.forward - step.backward;
  if (weights.closing > 0) {
    const double takes = ring_seconds(link, n, n * weights.closing, 1) + ring_seconds(link, n, norm_bytes, 2);
    scaled.exchange += takes;
    scaled.waiting += takes;
  }
  return scaled;
}

ScaledStep pipelined_step(const DeviceStep& step, const Pipeline& pipeline, const DeviceLink& link) {
  const auto stages = static_cast<double>(pipeline.stages), sharers = static_cast<double>(pipeline.sharers);
  const auto parts = static_cast<double>(pipeline.parts);
  const double passes = (step.forward + step.backward) * pipeline.operations;
  ScaledStep scaled{pipeline.stages * pipeline.sharers, passes + step.update * pipeline.weights, 0.0, 0.0};
  const auto wait_for = [&](double takes) {
    scaled.exchange += takes;
    scaled.waiting += takes;
  };
  if (pipeline.sharers > 1) {
    for (const ExchangedBucket& bucket : pipeline.gradients.buckets)
      wait_for(ring_seconds(link, sharers, bucket.bytes, 2));
    if (pipeline.gradients.closing > 0) wait_for(ring_seconds(link, sharers, sharers * pipeline.gradients.closing, 1));
  }
  if (pipeline.stages == 1) return scaled;
  const double message = link.start + link.latency + pipeline.message / link.bytes_per_second;
  scaled.exchange += 2 * parts * message;
  scaled.waiting += (stages - 1) * (passes / parts + 2 * message);
  wait_for(ring_seconds(link, stages, pipeline.everywhere, 2));
  wait_for(ring_seconds(link, stages, norm_bytes, 2));
  return scaled;
}

}  // namespace dlrun
