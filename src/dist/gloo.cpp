// Several processes over libtorch's ProcessGroupGloo.
//
// Only Gloo's headers are there when this is compiled, and they may be older than the Gloo inside libtorch: a type of
// Gloo is passed on by pointer and never made, derived from or looked into here.

#include "dist/gloo.h"

#include <ATen/ATen.h>

#include <deque>
#include <functional>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "dist/address.h"
#include "dist/meeting.h"
#include "dist/presence.h"

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
    const double start = monotonic_seconds();
    const auto left = [&] { return std::max(1.0, options.meeting_seconds - (monotonic_seconds() - start)); };
    const Meeting meeting = open_meeting(place, options.meeting_seconds);
    call_roll(*meeting, place, left());
    presence_ = std::make_unique<Presence>(join_meeting(place, left()), place, options);
    c10::intrusive_ptr<c10d::ProcessGroupGloo> backend;
    const auto settings = options_of(place, left());  // A rank that is slow to start is waited for, as at the roll.
    exchange("the connection of all ranks", [&] {
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

  ~Gloo() override { presence_.reset(); }  // Tells first that this rank leaves; then its connections may break.

  int64_t rank() const override { return place_.rank; }
  int64_t size() const override { return place_.size; }

  void wait_for_all() override {
    exchange("the wait for all ranks", [&] { return backend_->barrier(); });
  }

  std::shared_ptr<Group> part(const std::string& name, int64_t first, int64_t stride, int64_t size) override {
    RankPlace place = place_;
    place.part = true;
    place.attempt += "/" + name + std::to_string(++parts_) + "/" + std::to_string(first);
    place.rank = (place_.rank - first) / stride;
    place.size = size;
    place.first_number = place_.number(first);
    place.stride = place_.stride * stride;
    return open_group(place, options_);
  }

  std::vector<SumTimes> take_sum_times() {
    std::vector<SumTimes> times;
    for (const std::shared_ptr<SumTimes>& one : sum_times_) times.push_back(*one);
    sum_times_.clear();
    return times;
  }

  void finish() override {
    guarded([&] {
      for (const Work& work : begun_) work->wait();
    });
    begun_.clear();
  }

 private:
  static constexpr size_t most_times = 1024;

  // Runs what waits for others; where they fail it, this group is broken.
  void guarded(const std::function<void()>& work) {
    if (lost_) throw *lost_;
    const double start = monotonic_seconds();
    try {
      return work();
    } catch (const std::exception& error) {
      lost_ = presence_->explain(monotonic_seconds() - start, first_line(error));
    }
    throw *lost_;
  }

  // Runs one exchange to its end.
  void exchange(const std::string& what, const std::function<Work()>& begin) {
    guarded([&] {
      presence_->enter(what);
      if (const Work work = begin()) work->wait();
    });
  }

  void begin(const std::string& what, const std::function<Work()>& begin) {
    guarded([&] {
      presence_->enter(what);
      begun_.push_back(begin());
    });
  }

  static std::string text(const char* what, const at::Tensor& tensor) {
    return std::string(what) + " of " + std::to_string(tensor.numel()) + " " + c10::toString(tensor.scalar_type());
  }

  void sum(at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors{tensor};
    exchange(text("the sum", tensor), [&] { return backend_->allreduce(tensors); });
  }

  void sum_parts(const at::Tensor& whole, at::Tensor& mine) override {
    at::Tensor input = whole;
    exchange(text("the sum in parts", whole), [&] { return backend_->_reduce_scatter_base(mine, input); });
  }

  void collect(const at::Tensor& mine, at::Tensor& whole) override {
    at::Tensor input = mine;
    exchange(text("the collection", whole), [&] { return backend_->_allgather_base(whole, input); });
  }

  void spread(at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors{tensor};
    exchange(text("the spread", tensor), [&] { return backend_->broadcast(tensors); });
  }

  void begin_sum(const at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors{tensor};
    begin(text("the sum", tensor), [&] {
      const auto times =
          std::make_shared<SumTimes>(SumTimes{static_cast<int64_t>(tensor.nbytes()), monotonic_seconds(), 0.0});
      const Work work = backend_->allreduce(tensors);
      work->getFuture()->addCallback([times](const c10::ivalue::Future&) { times->ended = monotonic_seconds(); });
      if (sum_times_.size() == most_times) sum_times_.pop_front();
      sum_times_.push_back(times);
      return work;
    });
  }

  void begin_collect(const at::Tensor& mine, const at::Tensor& whole) override {
    at::Tensor input = mine, output = whole;
    begin(text("the collection", whole), [&] { return backend_->_allgather_base(output, input); });
  }

  // These two are no exchange of all ranks, which come to as many of them: presence counts those.
  void begin_pass(const at::Tensor& tensor, int64_t to) override {
    std::vector<at::Tensor> tensors{tensor};
    guarded([&] { begun_.push_back(backend_->send(tensors, static_cast<int>(to), 0)); });
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
  std::unique_ptr<Presence> presence_;
  std::vector<Work> begun_;  // and not finished
  std::deque<std::shared_ptr<SumTimes>> sum_times_;
};

}  // namespace

std::string gloo_problem() { return ""; }

std::vector<SumTimes> take_sum_times(Group& group) {
  auto* const gloo = dynamic_cast<Gloo*>(&group);
  return gloo ? gloo->take_sum_times() : std::vector<SumTimes>();
}

std::unique_ptr<Group> open_gloo(const RankPlace& place, const GroupOptions& options) {
  return std::make_unique<Gloo>(place, options);
}

}  // namespace dlrun
