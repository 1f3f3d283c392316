// Gathering ahead, and adding up behind.

#include "experiment/weight_traffic.h"

#include <algorithm>
#include <map>
#include <utility>

namespace dlrun {
namespace {

bool same_memory(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const at::Tensor& left, const at::Tensor& right) {
    return left.data_ptr() == right.data_ptr();
  });
}

int64_t bytes_of(const std::vector<at::Tensor>& tensors) {
  int64_t bytes = 0;
  for (const at::Tensor& tensor : tensors) bytes += static_cast<int64_t>(tensor.nbytes());
  return bytes;
}

}  // namespace

WeightTraffic::WeightTraffic(Group& ranks, int64_t run_bytes)
    : gathers_(ranks), sums_(ranks.part("sums", 0, 1, ranks.size())), run_bytes_(run_bytes) {}

WeightTraffic::Run WeightTraffic::begin(std::vector<Tensors> modules) {
  Tensors bytes;
  for (const Tensors& shards : modules)
    for (const at::Tensor& shard : shards)
      if (std::none_of(bytes.begin(), bytes.end(), [&](const at::Tensor& it) { return same_memory({it}, {shard}); }))
        bytes.push_back(shard.view(at::kByte));
  Run run{std::move(modules), bytes.size() == 1 ? bytes[0] : at::cat(bytes), {}};
  run.whole = at::empty({size() * run.mine.numel()}, run.mine.options());
  gathers_.begin_gather(run.mine, run.whole);
  return run;
}

void WeightTraffic::begin_from(size_t next) {
  if (next >= order_.size()) return;
  size_t end = next + 1;
  int64_t bytes = size() * bytes_of(order_[next]);
  while (end < order_.size() && (bytes += size() * bytes_of(order_[end])) <= run_bytes_) ++end;
  const auto at = [&](size_t place) { return order_.begin() + static_cast<std::ptrdiff_t>(place); };
  coming_ = begin({at(next), at(end)});
}

// Each weight has a memory of its own, which whoever asked for it may give back.
std::deque<WeightTraffic::Tensors> WeightTraffic::finish(const Run& run) {
  gathers_.finish();
  const at::Tensor ranks = run.whole.view({size(), -1});
  const bool alone = run.modules.size() == 1 && run.modules[0].size() == 1;
  std::map<const void*, int64_t> begins;
  int64_t end = 0;
  std::deque<Tensors> all;
  for (const Tensors& shards : run.modules) {
    Tensors& whole = all.emplace_back();
    for (const at::Tensor& shard : shards) {
      const auto length = static_cast<int64_t>(shard.nbytes());
      const auto [begin, first] = begins.try_emplace(shard.data_ptr(), end);
      if (first) end += length;
      const at::Tensor bytes =
          alone ? run.whole : ranks.narrow(1, begin->second, length).clone(at::MemoryFormat::Contiguous).view(-1);
      whole.push_back(bytes.view(shard.scalar_type()));
    }
  }
  return all;
}

WeightTraffic::Tensors WeightTraffic::gather(const Tensors& asked) {
  Tensors shards;
  for (const at::Tensor& shard : asked) shards.push_back(shard.detach());
  if ((!here_.empty() || coming_) && !same_memory(order_[asked_.size()], shards)) {
    here_.clear();
    coming_.reset();
    order_.clear();
  }
  if (here_.empty()) {
    if (!coming_) coming_ = begin({shards});
    here_ = finish(*std::exchange(coming_, {}));
    if (in_turn_) begin_from(asked_.size() + here_.size());
  }
  if (in_turn_) asked_.push_back(shards);
  Tensors whole = std::move(here_.front());
  here_.pop_front();
  return whole;
}

void WeightTraffic::add_gradient(const at::Tensor& whole, const at::Tensor& parameter) {
  if (!gradients_.empty() && gradients_[0].whole.scalar_type() != whole.scalar_type()) begin_sum();
  gradients_.push_back({whole, parameter});
  int64_t bytes = 0;
  for (const Gradient& gradient : gradients_) bytes += static_cast<int64_t>(gradient.whole.nbytes());
  if (!in_turn_ || bytes >= run_bytes_) begin_sum();
  if (!in_turn_) finish_sum();
}

void WeightTraffic::begin_sum() {
  finish_sum();
  if (gradients_.empty()) return;
  const c10::NoGradGuard no_gradient;
  Tensors ranks;
  for (const auto& [whole, parameter] : std::exchange(gradients_, {})) {
    ranks.push_back(whole.view({size(), -1}));
    sum_.parameters.push_back(parameter);
  }
  const at::Tensor all = ranks.size() == 1 ? ranks[0] : at::cat(ranks, 1);
  sum_.mine = at::empty({all.size(1)}, all.options());
  sums_->begin_scatter_sums(all.view(-1), sum_.mine);
}

void WeightTraffic::finish_sum() {
  const auto [parameters, mine] = std::exchange(sum_, {});
  if (parameters.empty()) return;
  sums_->finish();
  const c10::NoGradGuard no_gradient;
  int64_t begin = 0;
  for (const at::Tensor& parameter : parameters) {
    const at::Tensor part = mine.narrow(0, begin, parameter.numel());
    begin += parameter.numel();
    at::Tensor& gradient = parameter.mutable_grad();
    gradient.defined() ? gradient.add_(part) : gradient = part.clone();
  }
}

WeightTraffic::Turn::Turn(WeightTraffic& traffic, Kind kind) : traffic_(traffic), kind_(kind) {
  TORCH_CHECK(!traffic.in_turn_, "a turn of shared weights within another");
  traffic.in_turn_ = true;
  traffic.order_ = std::move(traffic.last_[static_cast<size_t>(kind)]);
  traffic.begin_from(0);
}

void WeightTraffic::Turn::finish() {
  traffic_.begin_sum();
  traffic_.finish_sum();
}

WeightTraffic::Turn::~Turn() {
  traffic_.last_[static_cast<size_t>(kind_)] = std::exchange(traffic_.asked_, {});
  traffic_.order_.clear();
  traffic_.here_.clear();
  traffic_.coming_.reset();
  traffic_.gradients_.clear();
  traffic_.sum_ = {};
  traffic_.in_turn_ = false;
}

}  // namespace dlrun
