// The bound on memory: what counts, what does not, and that nothing is taken beyond it.

#include "tensor/memory_bound.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <thread>

namespace dlrun::memory_bound_test {
namespace {

constexpr int64_t mebi = 1 << 20;

TEST_CASE("what would go beyond the bound is refused before it is taken, whoever asks") {
  const MemoryBound bound(8 * mebi);
  const at::Tensor kept = at::empty({mebi});  // 4 MiB
  CHECK(bound.live() >= 4 * mebi);
  CHECK(bound.live() < 4 * mebi + 4096);
  CHECK_THROWS_WITH(at::empty({int64_t{1} << 45}),
                    Catch::Contains("it asks for 128 TiB of memory") && Catch::Contains("of 8.0 MiB are left"));
  CHECK_THROWS_AS(kept + kept.unsqueeze(0).expand({4, mebi}), c10::OutOfMemoryError);
  CHECK_THROWS_AS(at::zeros({2 * mebi}), c10::OutOfMemoryError);
  CHECK_THROWS_AS(kept.repeat({1 << 20}), c10::OutOfMemoryError);
  CHECK_THROWS_AS(MemoryBound::expect(5, mebi), c10::OutOfMemoryError);
  CHECK_THROWS_AS(MemoryBound::expect(int64_t{1} << 62, int64_t{1} << 62), c10::OutOfMemoryError);
  CHECK_NOTHROW(MemoryBound::expect(3, mebi));
  CHECK(bound.peak() <= 8 * mebi);
}

TEST_CASE("what is freed may be taken again, by views and copies alike") {
  const MemoryBound bound(3 * mebi);
  for (int round = 0; round < 100; ++round) {
    const at::Tensor view = at::ones({mebi / 4}).slice(0, 3).unsqueeze(0);  // 1 MiB
    CHECK(view.clone().sum().item<float>() == mebi / 4 - 3);
  }
  CHECK(bound.live() == 0);
  CHECK(bound.peak() > 2 * mebi);
}

TEST_CASE("many small tensors count for more than their elements") {
  const MemoryBound bound(mebi);
  std::vector<at::Tensor> kept;
  const auto fill = [&] {
    for (int i = 0; i < 100000; ++i) kept.push_back(at::zeros({1}, at::kByte));
  };
  CHECK_THROWS_AS(fill(), c10::OutOfMemoryError);
  CHECK(kept.size() > 1000);
  CHECK(kept.size() < 5000);
}

TEST_CASE("tensors outlive their bound, and are freed anywhere") {
  at::Tensor outlives;
  {
    const MemoryBound bound(4 * mebi);
    outlives = at::full({mebi / 8}, 3.0);
    at::Tensor moved = at::empty({mebi / 4});
    std::thread([&] { moved.reset(); }).join();
    CHECK(bound.live() < mebi);
  }
  CHECK(outlives.sum().item<float>() == 3.0f * mebi / 8);
  outlives.reset();
  CHECK(at::empty({16 * mebi}).numel() == 16 * mebi);  // No bound is left.
}

TEST_CASE("the innermost bound counts alone, and only on its thread") {
  const MemoryBound outer(64 * mebi);
  const at::Tensor before = at::empty({mebi});
  {
    const MemoryBound inner(mebi);
    CHECK_THROWS_AS(at::empty({mebi}), c10::OutOfMemoryError);
    std::thread([] { CHECK(at::empty({4 * mebi}).numel() == 4 * mebi); }).join();
    CHECK(inner.live() == 0);
  }
  CHECK(at::empty({mebi}).numel() == mebi);
  CHECK(outer.live() < 5 * mebi);
}

TEST_CASE("oneDNN's own blocks come and go through the bounded allocator") {
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::ones({2, 8, 32, 32}), w = at::ones({16, 8, 3, 3});
  const at::Tensor expected = at::conv2d(x, w);
  for (int round = 0; round < 3; ++round) {
    const MemoryBound bound(64 * mebi);
    CHECK(at::equal(at::conv2d(x, w), expected));
    CHECK(bound.live() == 0);
  }
}

}  // namespace
}  // namespace dlrun::memory_bound_test
