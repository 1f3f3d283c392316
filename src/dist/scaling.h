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
  double start = 0.0;             // of each exchange beside its messages: threads that wake each other
  double busy = 0.0;              // the share of an exchange in which the device works for it, and computes nothing
};

// DeviceLink::start of Gloo: on two cores of an Intel Xeon the sum of four bytes takes 101 us in two processes and 187
// us in four (medians of 10,000, tests/bench/group_speed.cpp), which is 21 us for each of 2 (n - 1) messages and this.
inline constexpr double gloo_start = 60e-6;

// DeviceLink::busy of Gloo between processes that leave no processor idle: what copies and adds up is theirs. The
// processors' time of an exchange while nobody computes beside its time, two processes on two cores of an Intel Xeon:
// 0.54 to 0.62 of it for each, whatever the network (tests/bench/exchange_speed.cpp).
inline constexpr double gloo_busy = 0.6;

// What a step exchanges.
struct ExchangedGradients {
  std::vector<ExchangedBucket> buckets;
  // Bytes that every device sends to all others behind them: the numbers of the step, running statistics, and gradients
  // where they are few.
  double closing = 0.0;
  int64_t parts = 1;  // of a batch: buckets travel while the last one's gradients are computed
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
// part each; then what closes the step, n - 1 messages; with zero1 the weights follow after the update, n - 1 messages.
// The step ends when all is there. An exchange beside the computation makes that longer, as far as it keeps the device
// busy, and this is waited for too. Slower neighbours are not in it.
ScaledStep scaled_step(const DeviceStep& step, const ExchangedGradients& gradients, const DeviceLink& link,
                       int64_t devices, Sharding sharding);

// A layer whose weights are shared out.
struct GatheredLayer {
  double gathered = 0.0;  // bytes of its weights as they travel
  double summed = 0.0;    // bytes of their gradient
  double share = 0.0;     // of the computation, forward and backward
};

// Which weights are gathered for the backward pass too.
enum class GatheredAgain {
  none,          // zero2: they stay
  all_but_last,  // PyTorch's FSDP2
  all,           // fsdp
};

// What a step of shared weights exchanges.
struct GatheredWeights {
  std::vector<GatheredLayer> layers;
  GatheredAgain again = GatheredAgain::all;
  double closing = 0.0;  // as that of ExchangedGradients
  int64_t parts = 1;     // of a batch: each gathers all layers and adds their gradients up
  double run_bytes = 0;  // that are gathered, and added up, together; each layer by itself
};

// With zero2 and fsdp: the weights of layers that are asked for one after the other are gathered up to run_bytes at a
// time, n - 1 messages, while those before them compute; gradients are added up in parts behind the backward pass, when
// there are so many bytes of them, as many again, one sum after the other. One link carries all, in the order in which
// it is asked. Behind it what closes the step, where something does, and then the norm of all gradients is joined.
ScaledStep sharded_step(const DeviceStep& step, const GatheredWeights& weights, const DeviceLink& link,
                        int64_t devices);

// Layers that are held by several.
struct Pipeline {
  int64_t stages = 1;
  int64_t sharers = 1;           // pipelines beside each other, each with rows of its own
  int64_t parts = 1;             // of these rows, which go through it one after the other, and back
  double message = 0.0;          // bytes of a part from one stage to the next
  double operations = 1.0;       // share of the slowest stage
  double weights = 1.0;          // share of the largest stage
  ExchangedGradients gradients;  // of that stage, among the sharers
  double everywhere = 0.0;       // bytes of the gradients of what every stage has
};

// A stage waits for (stages - 1) of (parts + stages - 1), and the first part, and the last one's gradient, for their
// messages; others travel meanwhile. Behind the backward pass, hidden by nothing: sharers add their gradients up,
// stages those of what they all have, and the norm of all gradients is joined. `step` is one of a device that has all
// layers.
ScaledStep pipelined_step(const DeviceStep& step, const Pipeline& pipeline, const DeviceLink& link);

}  // namespace dlrun
