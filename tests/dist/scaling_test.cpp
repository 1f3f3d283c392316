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

TEST_CASE("layers that are gathered ahead hide behind those before them") {
  // Two layers of 2 s each, forward and backward; a gather or a sum takes 1.5 s. The first gather is waited for, the
  // second and third hide behind layers, the fourth is not needed; of the two sums the last is seen.
  const DeviceLink link{4.0, 0.0};
  const std::vector<GatheredLayer> two = {{12.0, 12.0, 0.5}, {12.0, 12.0, 0.5}};
  const ScaledStep ahead = gathered_ahead({4.0, 4.0, 0.0}, two, link, 2);
  CHECK(ahead.exchange == Approx(5 * 1.5));
  CHECK(ahead.waiting == Approx(2 * 1.5));
  CHECK(gathered_ahead({4.0, 4.0, 0.0}, two, link, 1).waiting == 0.0);
  // Never longer than where nothing is hidden.
  CHECK(ahead.seconds() < sharded_step({4.0, 4.0, 0.0}, {12.0, 12.0}, link, 2, 2).seconds());
}

namespace {

// Llama 3.1 8B: 32 blocks, an embedding and an output layer of 128,256 words. Gradients travel as float32; operations
// as of 8,192 tokens, the embedding's next to nothing.
std::vector<GatheredLayer> llama(double bytes_of_block_weight) {
  constexpr double block = 218.1e6, words = 128256.0 * 4096, head_share = 0.075;
  std::vector<GatheredLayer> layers = {{2 * words, 4 * words, 0.0}};
  for (int i = 0; i < 32; ++i) layers.push_back({bytes_of_block_weight * block, 4 * block, (1 - head_share) / 32});
  layers.push_back({2 * words, 4 * words, head_share});
  return layers;
}

// What is left of the speed at `devices` when `tokens` a second on each of `few` were measured.
double kept(const std::vector<GatheredLayer>& layers, double tokens, int64_t few, const DeviceLink& near,
            int64_t devices, const DeviceLink& far) {
  const double measured = 2 * 8192 / tokens;
  double compute = measured;  // so that the step on `few` takes what it took
  for (int i = 0; i < 50; ++i)
    compute = measured - gathered_ahead({compute / 3, compute * 2 / 3, 0}, layers, near, few).waiting;
  return measured / gathered_ahead({compute / 3, compute * 2 / 3, 0}, layers, far, devices).seconds();
}

}  // namespace

TEST_CASE("torchtitan's speeds from 8 to 128 H100 and from 32 to 64 H200 lie where they are foreseen") {
  // https://github.com/pytorch/torchtitan: benchmarks/llama3_h100_202412_torchtitan.md (tables 1 and 3: NVLink inside a
  // machine of eight, 400 Gbit/s for each GPU between them) and llama3-8b_h200_202506_trainy-whitefiber.md. Eight rings
  // leave a machine by eight adapters, so a ring has up to 400 GB/s, and one adapter's 50 GB/s where nothing is shared
  // out. Ranks that are late, and waits for the slowest of them, are not in the arithmetic.
  const DeviceLink inside{370e9, 5e-6}, one_adapter{50e9, 10e-6}, eight_adapters{400e9, 10e-6};
  struct Published {
    double bytes, few_tokens, many_tokens;
    int64_t few, many;
  };
  for (const Published& it :
       {Published{2, 5762, 5605, 8, 128}, Published{2, 6667, 6514, 8, 128}, Published{1, 8532, 8380, 8, 128}}) {
    const double least = kept(llama(it.bytes), it.few_tokens, it.few, inside, it.many, one_adapter);
    const double most = kept(llama(it.bytes), it.few_tokens, it.few, inside, it.many, eight_adapters);
    INFO(it.few << " to " << it.many << ": " << least << " to " << most << ", published "
                << it.many_tokens / it.few_tokens);
    CHECK(least < it.many_tokens / it.few_tokens);
    CHECK(most > it.many_tokens / it.few_tokens);
    CHECK(most - least < 0.05);
  }
  const double h200 = kept(llama(1), 10938, 32, eight_adapters, 64, eight_adapters);
  INFO("32 to 64: " << h200 << ", published " << 10753.0 / 10938);
  CHECK(h200 == Approx(10753.0 / 10938).margin(0.02));
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
