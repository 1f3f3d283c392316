// What a training step takes on many devices.

#include "dist/scaling.h"

#include <algorithm>

namespace dlrun {
namespace {

// `passes` times once round the ring, with the n-th part of the bytes at a time.
double ring_seconds(const DeviceLink& link, double n, double bytes, double passes) {
  return passes * (n - 1) * (link.latency + bytes / n / link.bytes_per_second);
}

}  // namespace

ScaledStep scaled_step(const DeviceStep& step, const std::vector<ExchangedBucket>& buckets, const DeviceLink& link,
                       int64_t devices, Sharding sharding) {
  const auto n = static_cast<double>(devices);
  const double update = sharding == Sharding::optimizer ? step.update / n : step.update;
  ScaledStep scaled{devices, step.forward + step.backward + update, 0.0, 0.0};
  if (devices == 1) return scaled;
  const auto ring = [&](double bytes, double passes) { return ring_seconds(link, n, bytes, passes); };
  double free = 0.0, bytes = 0.0;  // when the link is, counted from the start of the backward pass
  for (const ExchangedBucket& bucket : buckets) {
    const double takes = ring(bucket.bytes, 2);
    free = std::max(free, bucket.ready * step.backward) + takes;
    scaled.exchange += takes;
    bytes += bucket.bytes;
  }
  scaled.waiting = std::max(0.0, free - step.backward);
  if (sharding == Sharding::optimizer) {
    scaled.exchange += ring(bytes, 1);
    scaled.waiting += ring(bytes, 1);
  }
  return scaled;
}

ScaledStep sharded_step(const DeviceStep& step, const std::vector<double>& layers, const DeviceLink& link,
                        int64_t devices, int64_t gathers) {
  const auto n = static_cast<double>(devices);
  ScaledStep scaled{devices, step.forward + step.backward + step.update / n, 0.0, 0.0};
  if (devices == 1) return scaled;
  for (const double bytes : layers) scaled.exchange += ring_seconds(link, n, bytes, static_cast<double>(gathers + 1));
  scaled.waiting = scaled.exchange;
  return scaled;
}

ScaledStep gathered_ahead(const DeviceStep& step, const std::vector<GatheredLayer>& layers, const DeviceLink& link,
                          int64_t devices) {
  const auto n = static_cast<double>(devices);
  ScaledStep scaled{devices, step.forward + step.backward + step.update / n, 0.0, 0.0};
  if (devices == 1 || layers.empty()) return scaled;
  double free = 0.0, computed = 0.0;  // when the link is, and when the layers so far are done
  const auto travel = [&](double asked, double bytes) {
    const double takes = ring_seconds(link, n, bytes, 1);
    scaled.exchange += takes;
    return free = std::max(free, asked) + takes;
  };
  double there = travel(0.0, layers.front().gathered);  // when the weights of the next layer are
  for (size_t i = 0; i < layers.size(); ++i) {
    const double begun = std::max(computed, there);
    if (i + 1 < layers.size()) there = travel(begun, layers[i + 1].gathered);
    computed = begun + step.forward * layers[i].share;
  }
  there = computed;  // The last layer's are still there.
  for (size_t i = layers.size(); i-- > 0;) {
    const double begun = std::max(computed, there);
    if (i > 0) there = travel(begun, layers[i - 1].gathered);
    computed = begun + step.backward * layers[i].share;
    travel(computed, layers[i].summed);
  }
  scaled.waiting = std::max(computed, free) - step.forward - step.backward;
  return scaled;
}

}  // namespace dlrun
