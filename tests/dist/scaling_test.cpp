// Steps on many devices in closed form, and what others have measured.

#include "dist/scaling.h"

#include <catch2/catch.hpp>

namespace dlrun::scaling_test {
namespace {

const DeviceStep step{1.0, 2.0, 0.5};

ExchangedGradients even(int64_t count, double bytes) {
  ExchangedGradients gradients;
  for (int64_t i = 0; i < count; ++i)
    gradients.buckets.push_back(
        {bytes / static_cast<double>(count), static_cast<double>(i + 1) / static_cast<double>(count)});
  return gradients;
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
  const ScaledStep four = scaled_step(step, {{{12.0, 1.0}}}, {3.0, 0.25}, 4, Sharding::none);
  CHECK(four.exchange == Approx(6 * (0.25 + 1.0)));
  CHECK(four.waiting == Approx(four.exchange));
  CHECK(four.hidden() == Approx(0.0));
  CHECK(four.seconds() == Approx(3.5 + 7.5));
}

TEST_CASE("buckets hide behind the backward pass as far as it lasts, and queue for the link") {
  // Two buckets of 1.5 s each: the first begins at half of the backward pass of 2 s.
  const ExchangedGradients two = {{{1.5, 0.5}, {1.5, 1.0}}};
  const ScaledStep scaled = scaled_step(step, two, {1.0, 0.0}, 2, Sharding::none);
  CHECK(scaled.exchange == Approx(3.0));
  CHECK(scaled.waiting == Approx(2.0));  // from 1 to 2.5, and from there to 4
  CHECK(scaled.hidden() == Approx(1.0 / 3));
  // A fast link: only the last bucket is seen, however many there are.
  const ScaledStep fast = scaled_step(step, even(10, 1.0), {100.0, 0.0}, 8, Sharding::none);
  CHECK(fast.waiting == Approx(fast.exchange / 10));
}

TEST_CASE("with zero1 each updates its part, and the weights follow") {
  const ExchangedGradients one = {{{8.0, 1.0}}};
  const DeviceLink link{4.0, 0.0};
  const ScaledStep ddp = scaled_step(step, one, link, 4, Sharding::none);
  const ScaledStep zero1 = scaled_step(step, one, link, 4, Sharding::optimizer);
  CHECK(zero1.compute == Approx(ddp.compute - 0.5 * 3 / 4));
  CHECK(zero1.exchange == Approx(ddp.exchange * 1.5));
}

TEST_CASE("what closes a step goes from each to all, and every exchange has its start") {
  // One bucket that is there early, 2 messages of 4 bytes; then 1 message of 6 bytes, which nothing hides.
  const DeviceLink link{4.0, 0.25, 0.5};
  const ScaledStep scaled = scaled_step(step, {{{8.0, 0.0}}, 6.0}, link, 2, Sharding::none);
  CHECK(scaled.exchange == Approx(0.5 + 2 * (0.25 + 1.0) + 0.5 + 0.25 + 1.5));
  CHECK(scaled.waiting == Approx(3.0 - 2.0 + 2.25));
  // Few gradients travel with it: one exchange.
  const ScaledStep few = scaled_step(step, {{}, 8.0}, link, 3, Sharding::none);
  CHECK(few.exchange == Approx(0.5 + 2 * (0.25 + 2.0)));
  CHECK(few.waiting == Approx(few.exchange));
}

TEST_CASE("layers that are gathered ahead hide behind those before them") {
  // Two layers of 2 s each, forward and backward; a gather or a sum takes 1.5 s. The first gather is waited for, the
  // second and third hide behind layers, the fourth is not needed; of the two sums the last is seen.
  const DeviceLink link{4.0, 0.0};
  const std::vector<GatheredLayer> two = {{12.0, 12.0, 0.5}, {12.0, 12.0, 0.5}};
  const DeviceStep even{4.0, 4.0, 0.5};
  const ScaledStep ahead = sharded_step(even, {two, GatheredAgain::all_but_last}, link, 2);
  CHECK(ahead.exchange == Approx(5 * 1.5));
  CHECK(ahead.waiting == Approx(2 * 1.5));
  CHECK(ahead.compute == Approx(8.25));
  // The last layer's are asked for again while it computes; nobody waits for that.
  const ScaledStep again = sharded_step(even, {two, GatheredAgain::all}, link, 2);
  CHECK(again.exchange == Approx(6 * 1.5));
  CHECK(again.waiting == Approx(2 * 1.5));
  const ScaledStep once = sharded_step(even, {two, GatheredAgain::none}, link, 2);
  CHECK(once.exchange == Approx(4 * 1.5));
  CHECK(once.waiting == Approx(2 * 1.5));
  // Where the link is the slower of the two all of it is seen but what it computes meanwhile.
  CHECK(sharded_step({0.0, 0.0, 0.0}, {two, GatheredAgain::all}, link, 2).waiting == Approx(6 * 1.5));
  CHECK(sharded_step(even, {two, GatheredAgain::all}, link, 1).seconds() == 8.5);
  // Then 6 bytes go from each to the other, and the norm's 16 once round in halves; each exchange has its start.
  const ScaledStep closed = sharded_step(even, {two, GatheredAgain::none, 6.0}, {4.0, 0.25, 0.5}, 2);
  CHECK(closed.exchange == Approx(4 * (0.5 + 0.25 + 1.5) + 0.5 + 0.25 + 1.5 + 0.5 + 2 * (0.25 + 2.0)));
}

TEST_CASE("small layers are gathered together, and their gradients added up together") {
  // Layers of 4, 4 and 12 bytes, a second each, forward and back; they take 0.5, 0.5 and 1.5 s. Two of them are a run:
  // the first is waited for, and of the sums, the last layer's alone and the others' together, the last.
  const DeviceLink link{4.0, 0.0};
  const std::vector<GatheredLayer> layers = {{4, 4, 1.0 / 3}, {4, 4, 1.0 / 3}, {12, 12, 1.0 / 3}};
  const DeviceStep even{3.0, 3.0, 0.0};
  const ScaledStep two = sharded_step(even, {layers, GatheredAgain::none, 0.0, 1, 8.0}, link, 2);
  CHECK(two.exchange == Approx(1.0 + 1.5 + 1.5 + 1.0));
  CHECK(two.waiting == Approx(1.0 + 1.0));
  // 16 bytes: the large layer is gathered with the one before it on the way back.
  const ScaledStep back = sharded_step(even, {layers, GatheredAgain::all, 0.0, 1, 16.0}, link, 2);
  CHECK(back.exchange == Approx(1.0 + 1.5 + 2.0 + 0.5 + 2.0 + 0.5));
  // All of it in one run, which forward and back share.
  const ScaledStep one = sharded_step(even, {layers, GatheredAgain::all, 0.0, 1, 40.0}, link, 2);
  CHECK(one.exchange == Approx(2.5 + 2.5));
  CHECK(one.waiting == Approx(one.exchange));
  // Each exchange has its start: many small ones have as many.
  const DeviceLink waking{4.0, 0.0, 1.0};
  CHECK(sharded_step(even, {layers, GatheredAgain::all, 0.0, 1, 40.0}, waking, 2).exchange == Approx(7.0));
  CHECK(sharded_step(even, {layers, GatheredAgain::all}, waking, 2).exchange == Approx(7.5 + 9.0));
}

TEST_CASE("an exchange that keeps its device busy makes what it computes meanwhile longer") {
  // Two buckets of 1.5 s as above, half of which the device works for them: of the first the second of computing that
  // is left is 0.75 s longer, so the second begins when that has ended and nothing is beside it.
  DeviceLink link{1.0, 0.0, 0.0, 0.5};
  const ScaledStep two = scaled_step(step, {{{1.5, 0.5}, {1.5, 1.0}}}, link, 2, Sharding::none);
  CHECK(two.exchange == Approx(3.0));
  CHECK(two.waiting == Approx(2.0 + 0.25));
  // What is waited for anyway costs nothing more.
  CHECK(scaled_step(step, {{{1.5, 1.0}}}, link, 2, Sharding::none).waiting == Approx(1.5));
  // Layers of 2 s, exchanges of 1.5: the first gather is waited for, the second and the first sum are done beside.
  link.bytes_per_second = 4.0;
  const std::vector<GatheredLayer> layers = {{12.0, 12.0, 0.5}, {12.0, 12.0, 0.5}};
  const ScaledStep shared = sharded_step({4.0, 4.0, 0.0}, {layers, GatheredAgain::none}, link, 2);
  CHECK(shared.exchange == Approx(6.0));
  CHECK(shared.waiting == Approx(1.5 + 0.75 + 0.75 + 1.5));
  // A device that is wholly busy hides nothing.
  link.busy = 1.0;
  CHECK(sharded_step({4.0, 4.0, 0.0}, {layers, GatheredAgain::none}, link, 2).waiting == Approx(6.0));
}

TEST_CASE("where a batch has parts gradients hide behind the last one, and weights are gathered for each") {
  // Of the backward pass of 2 s the last of four parts is half a second: of a bucket at its end all is waited for, of
  // one at its start all but that.
  const DeviceLink link{1.0, 0.0};
  CHECK(scaled_step(step, {{{1.5, 1.0}}, 0.0, 4}, link, 2, Sharding::none).waiting == Approx(1.5));
  CHECK(scaled_step(step, {{{1.5, 0.0}}, 0.0, 4}, link, 2, Sharding::none).waiting == Approx(1.0));
  // Weights take 1.5 s each, and layers compute longer than that: the first ones and the last sum are seen. At the two
  // ends of parts the second layer's follow the gradient of the first, which comes 1.5 s before they are needed 2 s
  // later: a second too late.
  const std::vector<GatheredLayer> layers = {{3.0, 3.0, 0.5}, {3.0, 3.0, 0.5}};
  const ScaledStep three = sharded_step({12.0, 24.0, 0.0}, {layers, GatheredAgain::all, 0.0, 3}, link, 2);
  CHECK(three.exchange == Approx(3 * 6 * 1.5));
  CHECK(three.waiting == Approx(2 * 1.5 + 2 * 1.0));
}

TEST_CASE("a stage of a pipeline waits for those before and behind it, and for two messages each") {
  // 3 parts in 2 stages: 4 times what a part takes in one of them, of which one is waited for. A message takes 2.75 s,
  // what both have 0.5 s and two messages of 1.25 s, the norm 0.5 s and two of 2.25 s.
  const DeviceLink link{4.0, 0.25, 0.5};
  const Pipeline two{2, 1, 3, 8.0, 0.5, 0.75, {}, 8.0};
  const ScaledStep scaled = pipelined_step({2.0, 4.0, 1.0}, two, link);
  const double closing = 0.5 + 2 * 1.25 + 0.5 + 2 * 2.25;
  CHECK(scaled.devices == 2);
  CHECK(scaled.compute == Approx(3.0 + 0.75));
  CHECK(scaled.waiting == Approx(1.0 + 2 * 2.75 + closing));
  CHECK(scaled.exchange == Approx(6 * 2.75 + closing));
  // Two of them: a bucket of 24 bytes in two messages, and 6 bytes to each other.
  const Pipeline four{2, 2, 3, 8.0, 0.5, 0.75, {{{24.0, 1.0}}, 6.0}, 8.0};
  const ScaledStep shared = pipelined_step({2.0, 4.0, 1.0}, four, link);
  CHECK(shared.devices == 4);
  CHECK(shared.waiting - scaled.waiting == Approx(0.5 + 2 * 3.25 + 0.5 + 1.75));
  CHECK(pipelined_step({2.0, 4.0, 1.0}, {}, link).seconds() == 7.0);
}

TEST_CASE("where nothing travels a pipeline of even stages waits for (s - 1) of (m + s - 1)") {
  // Narayanan et al. 2021 (PipeDream-Flush); Huang et al. 2019 (GPipe).
  for (const int64_t stages : {2, 4, 8})
    for (const int64_t parts : {1, 4, 32}) {
      Pipeline pipeline{stages, 1, parts};
      pipeline.operations = 1.0 / static_cast<double>(stages);
      const ScaledStep scaled = pipelined_step({1.0, 2.0, 0.0}, pipeline, {1e300, 0.0});
      const double share = static_cast<double>(stages - 1) / static_cast<double>(parts + stages - 1);
      CHECK(scaled.waiting / scaled.seconds() == Approx(share));
    }
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

ScaledStep ahead(double compute, const std::vector<GatheredLayer>& layers, const DeviceLink& link, int64_t devices) {
  return sharded_step({compute / 3, compute * 2 / 3, 0}, {layers, GatheredAgain::all_but_last}, link, devices);
}

// What is left of the speed at `devices` when `tokens` a second on each of `few` were measured.
double kept(const std::vector<GatheredLayer>& layers, double tokens, int64_t few, const DeviceLink& near,
            int64_t devices, const DeviceLink& far) {
  const double measured = 2 * 8192 / tokens;
  double compute = measured;  // so that the step on `few` takes what it took
  for (int i = 0; i < 50; ++i) compute = measured - ahead(compute, layers, near, few).waiting;
  return measured / ahead(compute, layers, far, devices).seconds();
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
