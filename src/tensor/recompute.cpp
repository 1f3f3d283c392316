// Gradients without keeping what they need: hooks on what autograd saves.

#include "tensor/recompute.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/saved_variable_hooks.h>

#include <memory>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "tensor/narrow_weights.h"
#include "tensor/random_streams.h"
#include "tensor/recording.h"
#include "tensor/saved_tensors.h"

namespace dlrun {
namespace {

at::Device frame_device(const std::vector<at::Tensor>& inputs) {
  for (const at::Tensor& input : inputs)
    if (input.is_cuda()) return input.device();
  return at::kCPU;
}

// In which type operators of a device compute (torch.autocast), as it was when this was made.
class CastingMode {
 public:
  explicit CastingMode(at::DeviceType device)
      : device_(device),
        on_(at::autocast::is_autocast_enabled(device)),
        type_(at::autocast::get_autocast_dtype(device)) {}

  // Goes back there, and gives what was until now.
  CastingMode restore() const {
    const CastingMode before(device_);
    at::autocast::set_autocast_enabled(device_, on_);
    at::autocast::set_autocast_dtype(device_, type_);
    return before;
  }

 private:
  at::DeviceType device_;
  bool on_;
  at::ScalarType type_;
};

// One pass whose operators keep nothing, and what its second run made of that. Held by all that autograd saved of it.
class SavedFrame final : public SavedTensors, public std::enable_shared_from_this<SavedFrame> {
 public:
  explicit SavedFrame(Recomputed work)
      : work_(std::move(work)),
        streams_(frame_device(work_.inputs)),
        drawn_(streams_.copy()),
        casting_(frame_device(work_.inputs).type()),
        narrow_(NarrowWeights::held()) {
    refuse_recording("trainer.gradient_checkpointing puts random streams back in the middle of a step");
    for (const at::Tensor& input : work_.inputs) versions_.push_back(input._version());
    for (const at::Tensor* slot : work_.state) state_.push_back(slot->clone());
  }

  bool again() const { return again_; }
  std::unique_ptr<torch::autograd::SavedVariableHooks> hook() override;

  // Takes note of a tensor of the first run, or keeps that of the second; gives its number.
  size_t keep(const at::Tensor& tensor) {
    if (!again_) {
      saved_.push_back({tensor.sizes().vec(), tensor.scalar_type(), {}, true});
      return saved_.size() - 1;
    }
    TORCH_CHECK(
        next_ < saved_.size() && tensor.sizes() == saved_[next_].sizes && tensor.scalar_type() == saved_[next_].type,
        work_.place, " computes something else the second time");
    if (saved_[next_].wanted) saved_[next_].value = tensor.detach();
    return next_++;
  }

  at::Tensor give(size_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!saved_[number].value.defined()) run_again();
    return std::exchange(saved_[number].value, {});
  }

  // Autograd has no more use for it.
  void forget(size_t number) {
    saved_[number].value.reset();
    saved_[number].wanted = false;
  }

 private:
  struct Saved {
    std::vector<int64_t> sizes;
    at::ScalarType type;
    at::Tensor value;  // defined between the second run and the gradient that wants it
    bool wanted;
  };

  void run_again();

  Recomputed work_;
  RandomStreams streams_, drawn_;  // the run's own, and where they stood
  CastingMode casting_;
  std::shared_ptr<const HeldInSlots> narrow_;
  std::vector<int64_t> versions_;
  std::vector<at::Tensor> state_;
  std::vector<Saved> saved_;
  size_t next_ = 0;
  bool again_ = false;
  std::mutex mutex_;
};

thread_local std::shared_ptr<SavedFrame> recorded_frame;
thread_local SavedTensors* asked_around = nullptr;  // whom operators asked before it

// A thread's operators belong to a frame for as long as this lives.
class RecordInto {
 public:
  explicit RecordInto(std::shared_ptr<SavedFrame> frame)
      : asked_(exchange_saved_tensors(frame.get())), outer_(std::exchange(recorded_frame, std::move(frame))) {}
  ~RecordInto() {
    exchange_saved_tensors(asked_);
    recorded_frame = std::move(outer_);
  }

 private:
  SavedTensors* asked_;
  std::shared_ptr<SavedFrame> outer_;
};

void SavedFrame::run_again() {
  for (size_t i = 0; i < versions_.size(); ++i)
    if (work_.inputs[i]._version() != versions_[i])
      throw UserError(ExitCode::bad_recipe,
                      "trainer.gradient_checkpointing: " + (work_.place.empty() ? "the network" : work_.place) +
                          " cannot be computed a second time, because what it takes is changed in place behind it; "
                          "name a module around it");
  // Slots are given other tensors, and nothing is written into those that are there: gradients may want them.
  struct Meanwhile {
    explicit Meanwhile(SavedFrame& one)
        : frame(one), casting(one.casting_.restore()), narrow(one.narrow_), drawn(one.streams_.copy()) {
      at::autocast::increment_nesting();
      for (size_t i = 0; i < frame.state_.size(); ++i)
        state.push_back(std::exchange(*frame.work_.state[i], frame.state_[i].clone()));
      frame.streams_.restore(frame.drawn_.take());
      frame.again_ = true;
      frame.next_ = 0;
    }
    ~Meanwhile() {
      if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
      casting.restore();
      frame.again_ = false;
      frame.streams_.restore(drawn.take());
      for (size_t i = 0; i < state.size(); ++i) *frame.work_.state[i] = std::move(state[i]);
    }
    SavedFrame& frame;
    CastingMode casting;
    HeldAgain narrow;
    RandomStreams drawn;
    std::vector<at::Tensor> state;
  } meanwhile(*this);
  const at::AutoGradMode gradients(true);
  const RecordInto here(shared_from_this());
  work_.again();
}

// Stands in the place of one tensor that an operator saved.
class FrameHook final : public torch::autograd::SavedVariableHooks {
 public:
  explicit FrameHook(std::shared_ptr<SavedFrame> frame) : frame_(std::move(frame)), second_(frame_->again()) {}
  ~FrameHook() override {
    if (packed_ && !second_) frame_->forget(number_);
  }
  void call_pack_hook(const at::Tensor& tensor) override {
    number_ = frame_->keep(tensor);
    packed_ = true;
  }
  at::Tensor call_unpack_hook() override { return frame_->give(number_); }

 private:
  std::shared_ptr<SavedFrame> frame_;
  bool second_, packed_ = false;
  size_t number_ = 0;
};

std::unique_ptr<torch::autograd::SavedVariableHooks> SavedFrame::hook() {
  return std::make_unique<FrameHook>(shared_from_this());
}

}  // namespace

Recomputation::Recomputation(Recomputed work) {
  TORCH_CHECK(!active(), "one recomputation inside another");
  recorded_frame = std::make_shared<SavedFrame>(std::move(work));
  asked_around = exchange_saved_tensors(recorded_frame.get());
}

Recomputation::~Recomputation() {
  exchange_saved_tensors(std::exchange(asked_around, nullptr));
  recorded_frame = nullptr;
}

bool Recomputation::active() { return recorded_frame != nullptr; }

}  // namespace dlrun
