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

// The memory of a tensor is given back; whoever kept the tensor for a gradient has one without numbers until refill().
void give_back(const at::Tensor& buffer) {
  c10::StorageImpl* storage = buffer.storage().unsafeGetStorageImpl();
  storage->set_data_ptr_noswap(at::DataPtr(nullptr, buffer.device()));
  storage->set_nbytes(0);
}

bool given_back(const at::Tensor& buffer) { return buffer.storage().nbytes() == 0; }

void refill(const at::Tensor& buffer, const at::Tensor& shard, Ranks& ranks) {
  at::Tensor fresh = at::empty_like(buffer);
  ranks.gather(shard, fresh);
  c10::StorageImpl *from = fresh.storage().unsafeGetStorageImpl(), *to = buffer.storage().unsafeGetStorageImpl();
  to->set_nbytes(from->nbytes());
  to->set_data_ptr_noswap(from->set_data_ptr(at::DataPtr(nullptr, buffer.device())));
}

Ranks& ranks_in(AutogradContext* context) { return *reinterpret_cast<Ranks*>(context->saved_data["ranks"].toInt()); }

// shard [n], buffer [size * n] that holds the shards of all -> the whole weight in that memory.
struct Gathered : torch::autograd::Function<Gathered> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& shard, const at::Tensor& buffer,
                            at::IntArrayRef sizes, int64_t ranks, bool gives_back) {
    context->saved_data["ranks"] = ranks;
    context->saved_data["n"] = shard.numel();
    if (gives_back) context->saved_data["buffer"] = buffer;
    return unsharded(buffer, sizes);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    Ranks& ranks = ranks_in(context);
    const int64_t n = context->saved_data["n"].toInt();
    at::Tensor all = at::zeros({ranks.size() * n}, gradients[0].options());
    all.narrow(0, 0, gradients[0].numel()).copy_(gradients[0].reshape(-1));
    at::Tensor mine = at::empty({n}, all.options());
    ranks.scatter_sums(all, mine);
    const auto buffer = context->saved_data.find("buffer");
    if (buffer != context->saved_data.end()) give_back(buffer->second.toTensor());
    return {mine, {}, {}, {}, {}};
  }
};

// A weight as it was gathered for one pass.
struct OfPass {
  at::Tensor shard, buffer;
  Ranks* ranks;

  void refill_for_gradient() const {
    if (given_back(buffer)) refill(buffer, shard, *ranks);
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
  GatheredWeights(std::vector<ShardedWeight> weights, Ranks& ranks, bool keeps)
      : weights_(std::move(weights)), ranks_(ranks), keeps_(keeps) {}

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
      for (const ShardedWeight& weight : pass.weights_) gather(weight);
      if (gives_back) outer = exchange_saved_tensors(this);
    }
    ~Inside() override {
      if (gives_back) exchange_saved_tensors(outer);
      for (size_t i = 0; i < shards.size(); ++i) *pass.weights_[i].slot = shards[i];
      if (gives_back)
        for (const std::shared_ptr<OfPass>& weight : gathered) give_back(weight->buffer);
    }

    void gather(const ShardedWeight& weight) {
      const at::Tensor shard = *weight.slot;
      at::Tensor buffer = at::empty({pass.ranks_.size() * shard.numel()}, shard.options().requires_grad(false));
      pass.ranks_.gather(shard.detach(), buffer);
      shards.push_back(shard);
      gathered.push_back(std::make_shared<OfPass>(OfPass{shard.detach(), buffer, &pass.ranks_}));
      *weight.slot = Gathered::apply(shard, buffer, weight.sizes, reinterpret_cast<int64_t>(&pass.ranks_), gives_back);
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
  Ranks& ranks_;
  bool keeps_;
};

}  // namespace

at::Tensor shard_of(const at::Tensor& whole, int64_t rank, int64_t size) {
  const int64_t n = (whole.numel() + size - 1) / size, begin = std::min(rank * n, whole.numel());
  const int64_t own = std::min(n, whole.numel() - begin);
  at::Tensor shard = at::zeros({n}, whole.options());
  shard.narrow(0, 0, own).copy_(whole.reshape(-1).narrow(0, begin, own));
  return shard;
}

at::Tensor unsharded(const at::Tensor& shards, at::IntArrayRef sizes) {
  return shards.narrow(0, 0, c10::multiply_integers(sizes)).view(sizes);
}

std::shared_ptr<const PartPass> gathered_weights(std::vector<ShardedWeight> weights, Ranks& ranks, bool keeps) {
  return std::make_shared<GatheredWeights>(std::move(weights), ranks, keeps);
}

}  // namespace dlrun
