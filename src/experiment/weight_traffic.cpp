// Gathering ahead, and adding up behind.

#include "experiment/weight_traffic.h"

#include <algorithm>
#include <utility>

namespace dlrun {
namespace {

bool same_memory(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const at::Tensor& left, const at::Tensor& right) {
    return left.data_ptr() == right.data_ptr();
  });
}

}  // namespace

WeightTraffic::WeightTraffic(Group& ranks) : gathers_(ranks), sums_(ranks.part("sums", 0, 1, ranks.size())) {}

WeightTraffic::Tensors WeightTraffic::begin(const Tensors& shards) {
  Tensors whole;
  for (const at::Tensor& shard : shards) {
    whole.push_back(at::empty({size() * shard.numel()}, shard.options().requires_grad(false)));
    gathers_.begin_gather(shard.detach(), whole.back());
  }
  return whole;
}

void WeightTraffic::begin_next() {
  if (asked_.size() < order_.size()) coming_ = begin(order_[asked_.size()]);
}

WeightTraffic::Tensors WeightTraffic::gather(const Tensors& shards) {
  if (!coming_.empty() && !same_memory(order_[asked_.size()], shards)) {
    coming_.clear();
    order_.clear();
  }
  const Tensors whole = coming_.empty() ? begin(shards) : std::exchange(coming_, {});
  gathers_.finish();
  if (in_turn_) {
    Tensors& own = asked_.emplace_back();
    for (const at::Tensor& shard : shards) own.push_back(shard.detach());
    begin_next();
  }
  return whole;
}

void WeightTraffic::add_gradient(const at::Tensor& whole, const at::Tensor& parameter) {
  finish_sum();
  sum_ = {whole, parameter};
  sums_->begin_add(whole);
  if (!in_turn_) finish_sum();
}

void WeightTraffic::finish_sum() {
  const auto [whole, parameter] = std::exchange(sum_, {});
  if (!whole.defined()) return;
  sums_->finish();
  const c10::NoGradGuard no_gradient;
  const at::Tensor mine = whole.narrow(0, sums_->rank() * parameter.numel(), parameter.numel());
  at::Tensor& gradient = parameter.mutable_grad();
  gradient.defined() ? gradient.add_(mine) : gradient = mine.clone();
}

WeightTraffic::Turn::Turn(WeightTraffic& traffic, Kind kind) : traffic_(traffic), kind_(kind) {
  TORCH_CHECK(!traffic.in_turn_, "a turn of shared weights within another");
  traffic.in_turn_ = true;
  traffic.order_ = std::move(traffic.last_[static_cast<size_t>(kind)]);
  traffic.begin_next();
}

void WeightTraffic::Turn::finish() { traffic_.finish_sum(); }

WeightTraffic::Turn::~Turn() {
  traffic_.last_[static_cast<size_t>(kind_)] = std::exchange(traffic_.asked_, {});
  traffic_.order_.clear();
  traffic_.coming_.clear();
  traffic_.sum_ = {};
  traffic_.in_turn_ = false;
}

}  // namespace dlrun
