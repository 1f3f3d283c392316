// Weights that are gathered for each pass.

#include "nn/shard.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "tensor/recompute.h"
#include "tensor/saved_tensors.h"

namespace dlrun {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// [out, in, height, width] -> [out, height, width, in], and sizes so, where numbers are counted in this order.
bool is_filter(at::IntArrayRef sizes, bool channels_last) { return channels_last && sizes.size() == 4; }

at::Tensor as_counted(const at::Tensor& whole, bool channels_last) {
  return (is_filter(whole.sizes(), channels_last) ? whole.permute({0, 2, 3, 1}) : whole).reshape(-1);
}

// The memory of a tensor is given back; whoever kept the tensor for a gradient has one without numbers until refill().
void give_back(const at::Tensor& buffer) {
  c10::StorageImpl* storage = buffer.storage().unsafeGetStorageImpl();
  storage->set_data_ptr_noswap(at::DataPtr(nullptr, buffer.device()));
  storage->set_nbytes(0);
}

bool given_back(const at::Tensor& buffer) { return buffer.storage().nbytes() == 0; }

void refill(const at::Tensor& buffer, const at::Tensor& shard, ShardTraffic& traffic) {
  const at::Tensor fresh = traffic.gather({shard})[0];
  c10::StorageImpl *from = fresh.storage().unsafeGetStorageImpl(), *to = buffer.storage().unsafeGetStorageImpl();
  to->set_nbytes(from->nbytes());
  to->set_data_ptr_noswap(from->set_data_ptr(at::DataPtr(nullptr, buffer.device())));
}

// shard [n], buffer [size * n] that holds the shards of all -> the whole weight in that memory.
struct Gathered : torch::autograd::Function<Gathered> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& shard, const at::Tensor& buffer,
                            const ShardedWeight& weight, int64_t traffic, bool gives_back) {
    context->saved_data["traffic"] = traffic;
    context->saved_data["shard"] = shard;
    context->saved_data["channels_last"] = weight.channels_last;
    if (gives_back) context->saved_data["buffer"] = buffer;
    return unsharded(buffer, weight.sizes, weight.channels_last);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto& traffic = *reinterpret_cast<ShardTraffic*>(context->saved_data["traffic"].toInt());
    const at::Tensor shard = context->saved_data["shard"].toTensor();
    const at::Tensor all = at::zeros({traffic.size() * shard.numel()}, gradients[0].options());
    all.narrow(0, 0, gradients[0].numel())
        .copy_(as_counted(gradients[0], context->saved_data["channels_last"].toBool()));
    const auto buffer = context->saved_data.find("buffer");
    if (buffer != context->saved_data.end()) give_back(buffer->second.toTensor());
    traffic.add_gradient(all, shard);
    return {{}, {}, {}, {}, {}};
  }
};

// A weight as it was gathered for one pass.
struct OfPass {
  at::Tensor shard, buffer;
  ShardTraffic* traffic;

  void refill_for_gradient() const {
    if (given_back(buffer)) refill(buffer, shard, *traffic);
  }
};

// Stands in the place of a tensor that an operator of the pass kept: of a weight it knows the place alone.
class WeightHook final : public torch::autograd::SavedVariableHooks {
 public:
  explicit WeightHook(const std::vector<std::shared_ptr<OfPass>>& weights) : weights_(weights) {}

  void call_pack_hook(const at::Tensor& tensor) override {
    for (const std::shared_ptr<OfPass>& weight : weights_)
      if (tensor.storage().is_alias_of(weight->buffer.storage())) weight_ = weight;
    kept_ = tensor.detach();
    version_ = kept_._version();
    weights_.clear();
  }

  at::Tensor call_unpack_hook() override {
    TORCH_CHECK(kept_._version() == version_, "a tensor that a gradient needs was changed in place");
    if (weight_) weight_->refill_for_gradient();
    return kept_;
  }

 private:
  std::vector<std::shared_ptr<OfPass>> weights_;  // that it may be one of
  std::shared_ptr<OfPass> weight_;                // null: of no weight
  at::Tensor kept_;
  uint32_t version_ = 0;
};

class GatheredWeights final : public PartPass {
 public:
  GatheredWeights(std::vector<ShardedWeight> weights, ShardTraffic& traffic, bool keeps)
      : weights_(std::move(weights)), traffic_(traffic), keeps_(keeps) {}

 private:
  // The slots hold whole weights as long as it lives.
  struct Inside final : SavedTensors {
    const GatheredWeights& pass;
    // What is computed again for its gradients keeps nothing until then, and all of it afterwards.
    const bool gives_back = !pass.keeps_ && at::GradMode::is_enabled() && !Recomputation::active();
    std::vector<at::Tensor> shards;
    std::vector<std::shared_ptr<OfPass>> gathered;
    SavedTensors* outer = nullptr;

    explicit Inside(const GatheredWeights& pass) : pass(pass) {
      for (const ShardedWeight& weight : pass.weights_) shards.push_back(*weight.slot);
      const std::vector<at::Tensor> buffers = pass.traffic_.gather(shards);
      for (size_t i = 0; i < shards.size(); ++i) place(pass.weights_[i], shards[i], buffers[i]);
      if (gives_back) outer = exchange_saved_tensors(this);
    }
    ~Inside() override {
      if (gives_back) exchange_saved_tensors(outer);
      for (size_t i = 0; i < shards.size(); ++i) *pass.weights_[i].slot = shards[i];
      if (gives_back)
        for (const std::shared_ptr<OfPass>& weight : gathered) give_back(weight->buffer);
    }

    void place(const ShardedWeight& weight, const at::Tensor& shard, const at::Tensor& buffer) {
      gathered.push_back(std::make_shared<OfPass>(OfPass{shard.detach(), buffer, &pass.traffic_}));
      *weight.slot = Gathered::apply(shard, buffer, weight, reinterpret_cast<int64_t>(&pass.traffic_), gives_back);
    }

    // Those of the modules around it, too.
    std::vector<std::shared_ptr<OfPass>> all() const {
      std::vector<std::shared_ptr<OfPass>> weights = gathered;
      if (const auto* around = dynamic_cast<const Inside*>(outer))
        for (const std::shared_ptr<OfPass>& weight : around->all()) weights.push_back(weight);
      return weights;
    }
    std::unique_ptr<torch::autograd::SavedVariableHooks> hook() override { return std::make_unique<WeightHook>(all()); }
  };

  std::shared_ptr<void> begin() const override { return std::make_shared<Inside>(*this); }

  at::Tensor leave(const at::Tensor& output, void* state) const override {
    auto& gathered = static_cast<Inside*>(state)->gathered;
    // Who is given the weight itself computes with it after the pass.
    std::erase_if(gathered, [&](const std::shared_ptr<OfPass>& weight) {
      return output.storage().is_alias_of(weight->buffer.storage());
    });
    return output;
  }

  std::vector<ShardedWeight> weights_;
  ShardTraffic& traffic_;
  bool keeps_;
};

}  // namespace

at::Tensor shard_of(const at::Tensor& whole, int64_t rank, int64_t size, bool channels_last) {
  const int64_t n = (whole.numel() + size - 1) / size, begin = std::min(rank * n, whole.numel());
  const int64_t own = std::min(n, whole.numel() - begin);
  at::Tensor shard = at::zeros({n}, whole.options());
  shard.narrow(0, 0, own).copy_(as_counted(whole, channels_last).narrow(0, begin, own));
  return shard;
}

at::Tensor unsharded(const at::Tensor& shards, at::IntArrayRef sizes, bool channels_last) {
  const at::Tensor numbers = shards.narrow(0, 0, c10::multiply_integers(sizes));
  if (!is_filter(sizes, channels_last)) return numbers.view(sizes);
  return numbers.view({sizes[0], sizes[2], sizes[3], sizes[1]}).permute({0, 3, 1, 2});
}

std::shared_ptr<const PartPass> gathered_weights(std::vector<ShardedWeight> weights, ShardTraffic& traffic,
                                                 bool keeps) {
  return std::make_shared<GatheredWeights>(std::move(weights), traffic, keeps);
}

}  // namespace dlrun
