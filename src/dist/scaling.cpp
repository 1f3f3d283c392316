// What a training step takes on many devices.

#include "dist/scaling.h"

#include <algorithm>

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
  double free = 0.0, bytes = 0.0;                                            // when the link is, counted from its start
  for (const ExchangedBucket& bucket : gradients.buckets) {
    const double takes = ring(bucket.bytes, 2);
    free = std::max(free, bucket.ready * last) + takes;
    scaled.exchange += takes;
    bytes += bucket.bytes;
  }
  // Each sends all of it to everybody.
  const double closing = gradients.closing > 0 ? ring(n * gradients.closing, 1) : 0.0;
  scaled.exchange += closing;
  scaled.waiting = std::max(0.0, free - last) + closing;
  if (sharding == Sharding::optimizer) {
    scaled.exchange += ring(bytes, 1);
    scaled.waiting += ring(bytes, 1);
  }
  return scaled;
}

ScaledStep sharded_step(const DeviceStep& step, const GatheredWeights& weights, const DeviceLink& link,
                        int64_t devices) {
  const auto n = static_cast<double>(devices), parts = static_cast<double>(weights.parts);
  const std::vector<GatheredLayer>& layers = weights.layers;
  ScaledStep scaled{devices, step.forward + step.backward + step.update / n, 0.0, 0.0};
  if (devices == 1 || layers.empty()) return scaled;
  double free = 0.0, computed = 0.0;  // when the link is free, and what is begun has been computed
  const auto travel = [&](double asked, double bytes) {
    const double takes = ring_seconds(link, n, bytes, 1);
    scaled.exchange += takes;
    return free = std::max(free, asked) + takes;
  };
  double there = travel(0.0, layers.front().gathered);  // when the weights of the next layer are
  for (int64_t part = 0; part < weights.parts; ++part) {
    for (size_t i = 0; i < layers.size(); ++i) {
      const double begun = std::max(computed, there);
      if (i + 1 < layers.size())
        there = travel(begun, layers[i + 1].gathered);
      else if (weights.again == GatheredAgain::all)
        there = travel(begun, layers[i].gathered);
      computed = begun + step.forward / parts * layers[i].share;
    }
    if (weights.again != GatheredAgain::all) there = computed;  // the last layer's are still there
    for (size_t i = layers.size(); i-- > 0;) {
      const double begun = std::max(computed, there);
      if (i > 0 && weights.again != GatheredAgain::none) there = travel(begun, layers[i - 1].gathered);
      if (i == 0 && part + 1 < weights.parts) there = travel(begun, layers[i].gathered);
      computed = begun + step.backward / parts * layers[i].share;
      if (layers[i].summed > 0) travel(computed, layers[i].summed);
    }
  }
  scaled.waiting = std::max(computed, free) - step.forward - step.backward;
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
