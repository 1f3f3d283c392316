// What a training step takes on many devices, reckoned from what it takes on one and from the link between them.

#pragma once

#include <cstdint>
#include <vector>

namespace dlrun {

// Gradients that are exchanged together, in the order in which the backward pass gives them.
struct ExchangedBucket {
  double bytes = 0.0;
  double ready = 1.0;  // the share of the backward pass after which the last of them is there
};

// A step of one device on its own rows, in seconds.
struct DeviceStep {
  double forward = 0.0, backward = 0.0;
  double update = 0.0;  // of all weights
};

struct DeviceLink {
  double bytes_per_second = 0.0;  // that one device sends, while it receives as many
  double latency = 0.0;           // seconds until a message arrives
};

enum class Sharding {
  none,       // ddp: gradients are added up
  optimizer,  // zero1: and each updates its part of the weights, which then go to all
};

struct ScaledStep {
  int64_t devices = 1;
  double compute = 0.0;   // what the step takes where nothing is exchanged
  double exchange = 0.0;  // all exchanges by themselves
  double waiting = 0.0;   // of them what nothing hides
  double seconds() const { return compute + waiting; }
  double efficiency() const { return compute / seconds(); }
  double hidden() const { return exchange > 0.0 ? 1.0 - waiting / exchange : 1.0; }
};

// Buckets travel one after the other, each from when it is ready, as a sum over a ring: 2 (n - 1) messages of its n-th
// part each; with zero1 the weights follow after the update, n - 1 messages. The step ends when all is there. That the
// exchange takes computing power itself, or slower neighbours, is not in it.
ScaledStep scaled_step(const DeviceStep& step, const std::vector<ExchangedBucket>& buckets, const DeviceLink& link,
                       int64_t devices, Sharding sharding);
// With zero2 and fsdp: the weights of each layer, of so many bytes, are gathered `gathers` times (once, or once more
// for the backward pass) and their gradient is added up in parts, n - 1 messages each, hidden by nothing.
ScaledStep sharded_step(const DeviceStep& step, const std::vector<double>& layers, const DeviceLink& link,
                        int64_t devices, int64_t gathers);

// A layer as frameworks shard it that gather ahead.
struct GatheredLayer {
  double gathered = 0.0;  // bytes of its weights as they travel
  double summed = 0.0;    // bytes of their gradient
  double share = 0.0;     // of the computation, forward and backward
};

// The same where a layer is gathered while the one before it computes, and gradients are added up behind the backward
// pass (PyTorch's FSDP2, one layer ahead, with weights given back after the forward pass but those of the last layer).
// One link carries all, in the order in which it is asked. dlrun does so, and gathers the last layer's again; describe
// does not reckon with it yet. Published numbers of others check the arithmetic.
ScaledStep gathered_ahead(const DeviceStep& step, const std::vector<GatheredLayer>& layers, const DeviceLink& link,
                          int64_t devices);

}  // namespace dlrun
