// Steps on many devices in closed form, and what others have measured.

#include "dist/scaling.h"

#include <catch2/catch.hpp>

namespace dlrun::scaling_test {
namespace {

const DeviceStep step{1.0, 2.0, 0.5};

std::vector<ExchangedBucket> even(int64_t count, double bytes) {
  std::vector<ExchangedBucket> buckets;
  for (int64_t i = 0; i < count; ++i)
    buckets.push_back({bytes / static_cast<double>(count), static_cast<double>(i + 1) / static_cast<double>(count)});
  return buckets;
}

}  // namespace

TEST_CASE("one device waits for nobody") {
  const ScaledStep alone = scaled_step(step, even(3, 1e9), {1e6, 1.0}, 1, Sharding::none);
  CHECK(alone.seconds() == 3.5);
  CHECK(alone.efficiency() == 1.0);
  CHECK(alone.hidden() == 1.0);
}

TEST_CASE("one bucket at the end waits for its whole way round the ring") {
  // 2 (n - 1) messages of 1 / n of 12 bytes, at 3 bytes a second and a latency of 0.25 s.
  const ScaledStep four = scaled_step(step, {{12.0, 1.0}}, {3.0, 0.25}, 4, Sharding::none);
  CHECK(four.exchange == Approx(6 * (0.25 + 1.0)));
  CHECK(four.waiting == Approx(four.exchange));
  CHECK(four.hidden() == Approx(0.0));
  CHECK(four.seconds() == Approx(3.5 + 7.5));
}

TEST_CASE("buckets hide behind the backward pass as far as it lasts, and queue for the link") {
  // Two buckets of 1.5 s each: the first begins at half of the backward pass of 2 s.
  const std::vector<ExchangedBucket> two = {{1.5, 0.5}, {1.5, 1.0}};
  const ScaledStep scaled = scaled_step(step, two, {1.0, 0.0}, 2, Sharding::none);
  CHECK(scaled.exchange == Approx(3.0));
  CHECK(scaled.waiting == Approx(2.0));  // from 1 to 2.5, and from there to 4
  CHECK(scaled.hidden() == Approx(1.0 / 3));
  // A fast link: only the last bucket is seen, however many there are.
  const ScaledStep fast = scaled_step(step, even(10, 1.0), {100.0, 0.0}, 8, Sharding::none);
  CHECK(fast.waiting == Approx(fast.exchange / 10));
}

TEST_CASE("with zero1 each updates its part, and the weights follow") {
  const std::vector<ExchangedBucket> one = {{8.0, 1.0}};
  const DeviceLink link{4.0, 0.0};
  const ScaledStep ddp = scaled_step(step, one, link, 4, Sharding::none);
  const ScaledStep zero1 = scaled_step(step, one, link, 4, Sharding::optimizer);
  CHECK(zero1.compute == Approx(ddp.compute - 0.5 * 3 / 4));
  CHECK(zero1.exchange == Approx(ddp.exchange * 1.5));
}

TEST_CASE("with fsdp every layer is gathered twice and its gradient goes round once, hidden by nothing") {
  const DeviceLink link{4.0, 0.25};
  const ScaledStep fsdp = sharded_step(step, {8.0, 16.0}, link, 4, 2), zero2 = sharded_step(step, {24.0}, link, 4, 1);
  // 3 messages, three times: a quarter of 8 and of 16 bytes at 4 bytes a second, each 0.25 s on its way.
  CHECK(fsdp.exchange == Approx(3 * 3 * (0.25 + 0.5) + 3 * 3 * (0.25 + 1.0)));
  CHECK(fsdp.hidden() == Approx(0.0));
  CHECK(zero2.exchange == Approx(2 * 3 * (0.25 + 1.5)));
  CHECK(fsdp.compute == Approx(3.0 + 0.5 / 4));
  CHECK(sharded_step(step, {8.0}, link, 1, 2).seconds() == 3.5);
}

TEST_CASE("more devices never make a step of the same rows shorter, nor a faster link longer") {
  double before = 0.0;
  for (int64_t devices = 1; devices <= 4096; devices *= 2) {
    const double seconds = scaled_step(step, even(25, 1e8), {1e9, 1e-5}, devices, Sharding::none).seconds();
    CHECK(seconds >= before);
    CHECK(scaled_step(step, even(25, 1e8), {2e9, 1e-5}, devices, Sharding::none).seconds() <= seconds);
    before = seconds;
  }
}

}  // namespace dlrun::scaling_test
