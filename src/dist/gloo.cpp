// Several processes over libtorch's ProcessGroupGloo, and over NCCL what is on GPUs.
//
// Only Gloo's headers are there when this is compiled, and they may be older than the Gloo inside libtorch: a type of
// Gloo is passed on by pointer and never made, derived from or looked into here.

#include "dist/gloo.h"

#include <ATen/ATen.h>

#include <cstring>
#include <deque>
#include <functional>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "dist/address.h"
#include "dist/gloo_locks.h"
#include "dist/meeting.h"
#include "dist/nccl.h"
#include "dist/presence.h"
#include "tensor/cuda.h"

namespace dlrun {
namespace {

using Work = c10::intrusive_ptr<c10d::Work>;

using Device = std::shared_ptr<gloo::transport::Device>;

// The network on which this rank is reached: the one that leads to the meeting place, or what PyTorch's variable names.
Device device_of(const RankPlace& place) {
  const std::optional<std::string> interface = process_variable("GLOO_SOCKET_IFNAME");
  if (!interface) return c10d::ProcessGroupGloo::createDeviceForHostname(address_towards(place.host, place.port));
  try {
    return c10d::ProcessGroupGloo::createDeviceForInterface(*interface);
  } catch (const std::exception& error) {
    throw UserError(ExitCode::usage,
                    "GLOO_SOCKET_IFNAME: must be the name of a network of this machine (`ip link`), got " + *interface +
                        ". (" + first_line(error) + ")");
  }
}

c10::intrusive_ptr<c10d::ProcessGroupGloo::Options> options_of(const RankPlace& place, double seconds) {
  auto options =
      c10d::ProcessGroupGloo::Options::create(std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000)));
  options->threads = 1;  // One exchange at a time, in the order they began.
  options->devices.push_back(device_of(place));
  return options;
}

class Gloo final : public Group {
 public:
  Gloo(const RankPlace& place, const GroupOptions& options) : place_(place), options_(options) {
    wait_for_gloo_locks();
    const double start = monotonic_seconds();
    const auto left = [&] { return std::max(1.0, options.meeting_seconds - (monotonic_seconds() - start)); };
    const Meeting meeting = open_meeting(place, options.meeting_seconds);
    call_roll(*meeting, place, left());
    presence_ = std::make_unique<Presence>(join_meeting(place, left()), place, options);
    c10::intrusive_ptr<c10d::ProcessGroupGloo> backend;
    const auto settings = options_of(place, left());  // A rank that is slow to start is waited for, as at the roll.
    exchange("the connection of all ranks", false, [&] {
      backend = c10::make_intrusive<c10d::ProcessGroupGloo>(meeting, static_cast<int>(place.rank),
                                                            static_cast<int>(place.size), settings);
      return Work();
    });
    backend->setTimeout(std::chrono::milliseconds(static_cast<int64_t>(options.exchange_seconds * 1000)));
    // Read through the header's layout, written by libtorch's: both must know the same members.
    TORCH_CHECK(
        backend->getOptions() == settings && backend->getRank() == place.rank && backend->getSize() == place.size,
        "the headers of Gloo that dlrun was built with do not suit its libtorch");
    backend_ = backend;
    greet();
  }

  ~Gloo() override {
    if (device_backend_ && !lost_) leave_device();
    presence_.reset();  // Tells first that this rank leaves; then its connections may break.
  }

  int64_t rank() const override { return place_.rank; }
  int64_t size() const override { return place_.size; }

  void wait_for_all() override {
    exchange("the wait for all ranks", false, [&] { return backend_->barrier(); });
  }

  // A rank that cannot says so itself; the others then have heard of it, and go on to where that is told.
  void use(at::Device device) override {
    enum { cannot, cpu, gpu };
    std::optional<UserError> problem;
    const std::string missing = device.is_cpu() ? "" : nccl_problem();
    if (!missing.empty()) problem.emplace(ExitCode::bad_recipe, "hardware.devices: " + missing);
    at::Tensor mine = at::zeros({3}, at::kLong);  // what it computes on, and which GPU that is
    mine[0] = problem ? cannot : device.is_cpu() ? cpu : gpu;
    if (!device.is_cpu() && !problem) {
      const auto uuid = cuda_device(device.index()).uuid;
      std::memcpy(mine.mutable_data_ptr<int64_t>() + 1, uuid.data(), uuid.size());
    }
    const at::Tensor all = append(mine.unsqueeze(0));
    if (problem) throw *problem;
    const at::Tensor kinds = all.select(1, 0);
    if (kinds.eq(cannot).any().item<bool>()) return;
    if (kinds.ne(kinds[0]).any().item<bool>())
      throw UserError(ExitCode::bad_recipe,
                      "hardware.accelerator: " + std::to_string(kinds.eq(gpu).sum().item<int64_t>()) + " of " +
                          std::to_string(size()) + " processes found a GPU, the others none: give gpu or cpu");
    if (device.is_cpu()) return;
    for (int64_t a = 0; a < size(); ++a)
      for (int64_t b = a + 1; b < size(); ++b)
        if (all[a].equal(all[b]))
          throw UserError(ExitCode::bad_recipe,
                          "hardware.devices: ranks " + std::to_string(place_.number(a)) + " and " +
                              std::to_string(place_.number(b)) + " have the same GPU, " +
                              cuda_device(device.index()).name +
                              ": each needs one of its own. CUDA_VISIBLE_DEVICES or the launcher gives them out.");
    const Meeting keys = c10::make_intrusive<c10d::PrefixStore>("gpu", join_meeting(place_, options_.meeting_seconds));
    use(device, open_nccl({keys, rank(), size(), device, 2 * options_.exchange_seconds}));
  }

  void use(at::Device device, c10::intrusive_ptr<c10d::Backend> backend) {
    device_ = device;
    device_backend_ = std::move(backend);
  }

  at::Device device() const override { return device_; }

  std::shared_ptr<Group> part(const std::string& name, int64_t first, int64_t stride, int64_t size) override {
    RankPlace place = place_;
    place.part = true;
    place.attempt += "/" + name + std::to_string(++parts_) + "/" + std::to_string(first);
    place.rank = (place_.rank - first) / stride;
    place.size = size;
    place.first_number = place_.number(first);
    place.stride = place_.stride * stride;
    std::shared_ptr<Group> group = open_group(place, options_);
    if (!device_.is_cpu()) group->use(device_);
    return group;
  }

  std::vector<SumTimes> take_sum_times() {
    std::vector<SumTimes> times;
    for (const std::shared_ptr<SumTimes>& one : sum_times_) times.push_back(*one);
    sum_times_.clear();
    return times;
  }

  void finish() override {
    guarded([&] {
      for (const Begun& begun : begun_) {
        wait(begun);
        if (begun.then) begun.then();
      }
    });
    begun_.clear();
  }

 private:
  static constexpr size_t most_times = 1024;

  struct Begun {
    Work work;
    bool on_device = false;
    std::function<void()> then;  // what is left to do with what came; nothing by default
  };

  c10d::Backend& backend_of(const at::Tensor& tensor) const { return at_device(tensor) ? *device_backend_ : *backend_; }

  bool at_device(const at::Tensor& tensor) const { return device_backend_ && tensor.device() == device_; }

  // NCCL's own way to wait is to let the device do it and come back at once. If then a rank is lost the device does not
  // come to an end, and no connection tells; so this process waits, and looks around meanwhile.
  void wait(const Begun& begun) {
    constexpr double short_wait = 1e-3, sure_wait = 1.0;
    const double start = monotonic_seconds();
    double looked = start + sure_wait;
    while (begun.on_device && !begun.work->isCompleted()) {
      const double now = monotonic_seconds();
      if (now - start < short_wait) {
        std::this_thread::yield();
        continue;
      }
      if (now - start > options_.exchange_seconds) throw std::runtime_error("the GPU does not come to its end");
      if (now - looked > options_.pulse_seconds) {
        if (presence_->misses_rank()) throw std::runtime_error("the GPU waits for a rank that is lost");
        looked = monotonic_seconds();
      }
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    begun.work->wait();
  }

  // Nothing that fails now keeps this rank from leaving.
  void leave_device() noexcept {
    try {
      device_backend_->shutdown();
    } catch (const std::exception&) {
    }
  }

  // Runs what waits for others; where they fail it, this group is broken.
  void guarded(const std::function<void()>& work) {
    if (lost_) throw *lost_;
    const double start = monotonic_seconds();
    try {
      return work();
    } catch (const std::exception& error) {
      lost_ = presence_->explain(monotonic_seconds() - start, first_line(error));
      if (device_backend_) give_device_up();
    }
    throw *lost_;
  }

  // Kernels that wait for others end, so that this process can.
  void give_device_up() noexcept {
    try {
      device_backend_->abort();
    } catch (const std::exception&) {
    }
  }

  // Runs one exchange to its end.
  void exchange(const std::string& what, bool on_device, const std::function<Work()>& begin) {
    guarded([&] {
      presence_->enter(what);
      if (const Work work = begin()) wait({work, on_device, {}});
    });
  }

  void begin(const std::string& what, bool on_device, const std::function<Work()>& begin,
             const std::function<void()>& then = {}) {
    guarded([&] {
      presence_->enter(what);
      begun_.push_back({begin(), on_device, then});
    });
  }

  static std::string text(const char* what, const at::Tensor& tensor) {
    return std::string(what) + " of " + std::to_string(tensor.numel()) + " " + c10::toString(tensor.scalar_type());
  }

  void sum(at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors{tensor};
    exchange(text("the sum", tensor), at_device(tensor), [&] { return backend_of(tensor).allreduce(tensors); });
  }

  void collect(const at::Tensor& mine, at::Tensor& whole) override {
    at::Tensor input = mine;
    exchange(text("the collection", whole), at_device(whole),
             [&] { return backend_of(whole)._allgather_base(whole, input); });
  }

  void spread(at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors{tensor};
    exchange(text("the spread", tensor), at_device(tensor), [&] { return backend_of(tensor).broadcast(tensors); });
  }

  void begin_sum(const at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors{tensor};
    begin(text("the sum", tensor), at_device(tensor), [&] {
      if (at_device(tensor)) return device_backend_->allreduce(tensors);
      const auto times =
          std::make_shared<SumTimes>(SumTimes{static_cast<int64_t>(tensor.nbytes()), monotonic_seconds(), 0.0});
      const Work work = backend_->allreduce(tensors);
      work->getFuture()->addCallback([times](const c10::ivalue::Future&) { times->ended = monotonic_seconds(); });
      if (sum_times_.size() == most_times) sum_times_.pop_front();
      sum_times_.push_back(times);
      return work;
    });
  }

  // Gloo has no sum in parts but that of all, of which each throws most away. So each sends the others their parts, and
  // adds up what comes, by rank.
  void begin_sum_parts(const at::Tensor& whole, const at::Tensor& mine) override {
    at::Tensor input = whole, output = at_device(whole) ? mine : at::empty_like(whole);
    const std::string what = text("the sum in parts", whole);
    if (at_device(whole))
      return begin(what, true, [&] { return device_backend_->_reduce_scatter_base(output, input); });
    std::vector<int64_t> even;
    const auto add_up = [mine, parts = output.view({size(), -1})] {
      const at::NoGradGuard no_gradient;
      at::Tensor sum = mine;
      at::add_out(sum, parts[0], parts[1]);
      for (int64_t rank = 2; rank < parts.size(0); ++rank) sum.add_(parts[rank]);
    };
    begin(
        what, false, [&] { return backend_->alltoall_base(output, input, even, even); }, add_up);
  }

  void begin_collect(const at::Tensor& mine, const at::Tensor& whole) override {
    at::Tensor input = mine, output = whole;
    begin(text("the collection", whole), at_device(whole),
          [&] { return backend_of(whole)._allgather_base(output, input); });
  }

  // These two are no exchange of all ranks, which come to as many of them: presence counts those.
  void begin_pass(const at::Tensor& tensor, int64_t to) override {
    std::vector<at::Tensor> tensors{tensor};
    guarded([&] { begun_.push_back({backend_->send(tensors, static_cast<int>(to), 0), false, {}}); });
  }

  void take(at::Tensor& tensor, int64_t from) override {
    std::vector<at::Tensor> tensors{tensor};
    guarded([&] { backend_->recv(tensors, static_cast<int>(from), 0)->wait(); });
  }

  // The first exchange shows that numbers come through, in the order of ranks.
  void greet() {
    const at::Tensor mine = at::tensor({rank()}, at::kLong);
    at::Tensor all = at::empty({size()}, at::kLong);
    collect(mine, all);
    TORCH_CHECK(all.equal(at::arange(size(), at::kLong)), "ranks that Gloo does not bring in order");
  }

  RankPlace place_;
  GroupOptions options_;
  int64_t parts_ = 0;             // opened so far, alike on every rank
  std::optional<LostRank> lost_;  // what broke this group; nothing while it holds
  c10::intrusive_ptr<c10d::Backend> backend_;
  at::Device device_ = at::kCPU;
  c10::intrusive_ptr<c10d::Backend> device_backend_;  // of tensors on device_; null where that is the CPU
  std::unique_ptr<Presence> presence_;
  std::vector<Begun> begun_;  // and not finished
  std::deque<std::shared_ptr<SumTimes>> sum_times_;
};

}  // namespace

std::string gloo_problem() { return ""; }

std::vector<SumTimes> take_sum_times(Group& group) {
  auto* const gloo = dynamic_cast<Gloo*>(&group);
  return gloo ? gloo->take_sum_times() : std::vector<SumTimes>();
}

void use_backend(Group& group, at::Device device, const c10::intrusive_ptr<c10d::Backend>& backend) {
  dynamic_cast<Gloo&>(group).use(device, backend);
}

std::unique_ptr<Group> open_gloo(const RankPlace& place, const GroupOptions& options) {
  return std::make_unique<Gloo>(place, options);
}

}  // namespace dlrun
