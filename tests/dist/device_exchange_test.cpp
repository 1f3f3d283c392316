// What is on a device goes another way than what is on the CPU, and a rank that is lost meanwhile is found. No device
// is needed: a backend of the test stands where NCCL's is.

#include <ATen/ATen.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <thread>

#include "base/clock.h"
#include "dist/agreement.h"
#include "dist/gloo.h"
#include "dist/ranks.h"
#include "support.h"

namespace dlrun::device_exchange_test {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using WorkPointer = c10::intrusive_ptr<c10d::Work>;

// Ends after so many seconds, as kernels do: who began it has come back before.
struct Kernel final : c10d::Work {
  explicit Kernel(double seconds) : end(monotonic_seconds() + seconds) {}
  bool isCompleted() override { return monotonic_seconds() > end; }
  bool wait(std::chrono::milliseconds) override {
    if (!isCompleted()) throw std::runtime_error("waited for by the device alone");
    return true;
  }
  double end;
};

// Exchanges by another group.
struct Device final : c10d::Backend {
  Device(Group& inner, double seconds) : Backend(0, 2), inner(inner), seconds(seconds) {}

  WorkPointer ended() {
    ++calls;
    return c10::make_intrusive<Kernel>(seconds);
  }
  WorkPointer allreduce(std::vector<at::Tensor>& tensors, const c10d::AllreduceOptions&) override {
    if (!tensors[0].is_meta()) inner.add(tensors[0]);
    return ended();
  }
  WorkPointer broadcast(std::vector<at::Tensor>& tensors, const c10d::BroadcastOptions&) override {
    if (!tensors[0].is_meta()) inner.from_first(tensors[0]);
    return ended();
  }
  WorkPointer _allgather_base(at::Tensor& whole, at::Tensor& mine, const c10d::AllgatherOptions&) override {
    if (!mine.is_meta()) inner.gather(mine, whole);
    return ended();
  }
  WorkPointer _reduce_scatter_base(at::Tensor& mine, at::Tensor& whole, const c10d::ReduceScatterOptions&) override {
    if (!mine.is_meta()) inner.scatter_sums(whole, mine);
    return ended();
  }
  void abort() override { ++aborted; }

  Group& inner;
  double seconds;
  int64_t calls = 0, aborted = 0;
};

bool has_gloo() {
  if (gloo_problem().empty()) return true;
  test::skip(gloo_problem());
  return false;
}

void require_nothing_wrong(const std::vector<test::Ended>& ranks) {
  for (const test::Ended& rank : ranks) {
    CHECK(rank.signal == 0);
    CHECK(rank.said.empty());
  }
}

}  // namespace

TEST_CASE("all exchanges on a device are waited for, and are those of the CPU") {
  if (!has_gloo()) return;
  require_nothing_wrong(test::run_ranks(2, [](Group& group) {
    const auto inner = group.part("inner", 0, 1, 2);
    const auto device = c10::make_intrusive<Device>(*inner, 0.01);
    use_backend(group, at::kCPU, device);
    std::string wrong;
    const auto expect = [&](const char* what, const at::Tensor& tensor, const at::Tensor& expected) {
      if (!tensor.equal(expected)) wrong += std::string(what) + "; ";
    };
    const int64_t rank = group.rank();
    at::Tensor sum = at::arange(6, at::kFloat).view({2, 3}).t() * (rank + 1);
    group.add(sum);
    expect("add", sum, at::arange(6, at::kFloat).view({2, 3}).t() * 3);
    expect("append", group.append(at::full({rank + 1, 2}, rank, at::kLong)),
           at::tensor({0, 0, 1, 1, 1, 1}, at::kLong).view({3, 2}));
    at::Tensor part = at::zeros({2}), whole = at::zeros({4});
    group.scatter_sums(at::arange(4, at::kFloat), part);
    expect("scatter_sums", part, at::arange(2, at::kFloat) * 2 + 4 * rank);
    group.gather(part, whole);
    expect("gather", whole, at::arange(4, at::kFloat) * 2);
    at::Tensor behind = at::ones({5}), all = at::zeros({4});
    group.begin_add(behind);
    group.begin_gather(part, all);
    group.finish();
    expect("begin_add", behind, at::full({5}, 2.0F));
    expect("begin_gather", all, whole);
    at::Tensor first = at::full({3}, static_cast<float>(rank + 7));
    group.from_first(first);
    expect("from_first", first, at::full({3}, 7.0F));
    group.begin_send(at::full({2, 2}, static_cast<float>(rank)), 1 - rank);
    expect("receive", group.receive(1 - rank), at::full({2, 2}, static_cast<float>(1 - rank)));
    group.finish();
    // The lengths and the rows of append() among them; two ranks alone exchange by way of the CPU.
    if (device->calls != 8) wrong += std::to_string(device->calls) + " calls; ";
    return wrong;
  }));
}

TEST_CASE("tensors go the way of their device") {
  if (!has_gloo()) return;
  require_nothing_wrong(test::run_ranks(2, [](Group& group) -> std::string {
    const auto device = c10::make_intrusive<Device>(group, 0.0);
    use_backend(group, at::kMeta, device);
    if (group.device() != at::kMeta) return "device";
    at::Tensor there = at::empty({4}, at::kMeta), all = at::empty({8}, at::kMeta), here = at::ones({4});
    group.add(there);
    group.begin_add(there);
    group.begin_gather(there, all);
    group.add(here);
    group.finish();
    if (device->calls != 3) return std::to_string(device->calls) + " calls";
    if (!here.eq(2).all().item<bool>()) return "the sum on the CPU";
    // In one exchange each; of those on `meta` there is nothing to see.
    at::Tensor mine = at::full({2}, static_cast<float>(group.rank()));
    from_first(group, {there, mine, here});
    if (!mine.eq(0).all().item<bool>()) return "the first's";
    return device->calls == 4 ? "" : "from_first: " + std::to_string(device->calls) + " calls";
  }));
}

TEST_CASE("a device that waits for a lost rank is given up, and the rank is named") {
  if (!has_gloo()) return;
  const bool late = GENERATE(false, true);
  GroupOptions options;
  options.exchange_seconds = late ? 4 : 60;
  const auto ranks = test::run_ranks(
      2,
      [&](Group& group) {
        const auto device = c10::make_intrusive<Device>(group, 1e6);
        use_backend(group, at::kMeta, device);
        if (group.rank() == 1 && !late) raise(SIGKILL);
        if (group.rank() == 1) std::this_thread::sleep_for(std::chrono::seconds(12));
        const at::Tensor there = at::empty({4}, at::kMeta);
        group.begin_add(there);
        try {
          group.finish();
        } catch (const std::exception& error) {
          return std::string(error.what()) + (device->aborted == 1 ? "" : " and was not given up");
        }
        return std::string("went on");
      },
      options);
  INFO(ranks[0].said);
  CHECK_THAT(ranks[0].said, StartsWith("rank 1 has not joined the sum of 4 Float; last in "));
  CHECK_THAT(ranks[0].said, Contains(late ? "did not come within 4.00 s" : "is gone."));
  CHECK_THAT(ranks[0].said, !Contains("was not given up"));
  CHECK(ranks[0].seconds < 30);
}

}  // namespace dlrun::device_exchange_test
