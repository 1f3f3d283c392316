// The gradients of several processes become one.

#include "step/gradient_exchange.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <functional>
#include <map>

namespace dlrun {
namespace {

struct Leaf {
  at::Tensor parameter;  // what autograd adds its gradient to
  size_t place;          // in the order in which the network has them
};

// A slice of a flat buffer.
struct Bucket {
  at::Tensor gradients;
  std::vector<Leaf> leaves;
  size_t earliest = 0;  // place of the parameter whose gradient comes last
};

int64_t begin_of(const at::Tensor& gradient, const at::Tensor& buffer) {
  return gradient.storage().is_alias_of(buffer.storage()) ? gradient.storage_offset() - buffer.storage_offset() : -1;
}

// From the end of each buffer: whole parameters up to the size of a bucket, with what lies between them.
std::vector<Bucket> buckets_of(const std::vector<NamedTensor>& slots, const FlatParameters& parameters) {
  std::vector<Bucket> buckets;
  for (const at::Tensor& buffer : parameters.gradients()) {
    std::map<int64_t, Leaf, std::greater<>> leaves;  // by where they begin; tied ones once
    for (size_t place = 0; place < slots.size(); ++place) {
      const at::Tensor& parameter = *slots[place].tensor;
      if (!parameter.requires_grad()) continue;
      if (const int64_t begin = begin_of(parameter.grad(), buffer); begin >= 0)
        leaves.try_emplace(begin, Leaf{parameter, place});
    }
    int64_t end = buffer.numel();
    bool open = false;
    for (const auto& [begin, leaf] : leaves) {
      if (!open) buckets.push_back({{}, {}, leaf.place});
      Bucket& bucket = buckets.back();
      bucket.gradients = buffer.narrow(0, begin, end - begin);
      bucket.leaves.push_back(leaf);
      bucket.earliest = std::min(bucket.earliest, leaf.place);
      open = static_cast<int64_t>(bucket.gradients.nbytes()) < GradientExchange::bucket_bytes;
      if (!open) end = begin;
    }
  }
  std::sort(buckets.begin(), buckets.end(), [](const Bucket& a, const Bucket& b) { return a.earliest > b.earliest; });
  return buckets;
}

}  // namespace

// Counts gradients that came, and begins buckets in their order.
struct GradientExchange::Counting {
  Group* group = nullptr;  // null once the owner is gone
  std::vector<Bucket> buckets;
  std::vector<size_t> missing;
  size_t begun = 0;
  bool expecting = false;
  std::vector<std::shared_ptr<torch::autograd::Node>> accumulators;  // autograd itself holds them weakly

  void expect() {
    begun = 0;
    expecting = true;
    for (size_t i = 0; i < buckets.size(); ++i) missing[i] = buckets[i].leaves.size();
  }
  void came(size_t bucket) {
    if (!expecting || !group) return;
    --missing[bucket];
    while (begun < buckets.size() && missing[begun] == 0) begin_next();
  }
  void begin_next() { group->begin_add(buckets[begun++].gradients); }
};

GradientExchange::GradientExchange(const std::vector<NamedTensor>& slots, const FlatParameters& parameters,
                                   Group& group)
    : group_(group), counting_(std::make_shared<Counting>()) {
  if (group.size() == 1) return;
  std::vector<Bucket> buckets = buckets_of(slots, parameters), small = buckets;
  std::stable_sort(small.begin(), small.end(),
                   [](const Bucket& a, const Bucket& b) { return a.gradients.nbytes() < b.gradients.nbytes(); });
  int64_t bytes = 0;
  for (const Bucket& bucket : small) {
    bytes += static_cast<int64_t>(bucket.gradients.nbytes());
    if (bytes * group.size() > together_bytes) break;
    together_.push_back(bucket.gradients);
    std::erase_if(buckets, [&](const Bucket& it) { return it.gradients.is_same(bucket.gradients); });
  }
  if (buckets.empty()) return;
  counting_->group = &group;
  counting_->buckets = std::move(buckets);
  counting_->missing.resize(counting_->buckets.size());
  for (size_t i = 0; i < counting_->buckets.size(); ++i)
    for (const Leaf& leaf : counting_->buckets[i].leaves) {
      const auto accumulator = torch::autograd::impl::grad_accumulator(leaf.parameter);
      accumulator->add_post_hook(std::make_unique<torch::autograd::utils::LambdaPostHook>(
          [counting = std::weak_ptr<Counting>(counting_), i](const auto& outputs, const auto&) {
            if (const auto here = counting.lock()) here->came(i);
            return outputs;
          }));
      counting_->accumulators.push_back(accumulator);
    }
}

GradientExchange::~GradientExchange() = default;

size_t GradientExchange::buckets() const { return counting_->buckets.size(); }

void GradientExchange::expect() { counting_->expect(); }

void GradientExchange::complete(at::Tensor& numbers, const std::vector<at::Tensor>& states) {
  counting_->expecting = false;
  while (counting_->begun < counting_->buckets.size()) counting_->begin_next();

  if (together_.empty() && states.empty()) return send({numbers}, {});
  std::vector<at::Tensor> gradients = together_;
  const at::Tensor& theirs = gradients.empty() ? states.front() : gradients.front();
  // One message where all is in one place; on a GPU the numbers are on the CPU all the same, to be read.
  if (theirs.device() == numbers.device()) {
    gradients.insert(gradients.begin(), numbers);
    return send(gradients, states);
  }
  send({numbers}, {});
  send(gradients, states);
}

// `sums` become those of all ranks, `states` the first one's.
void GradientExchange::send(const std::vector<at::Tensor>& sums, const std::vector<at::Tensor>& states) {
  std::vector<at::Tensor> fields = sums, bytes;
  fields.insert(fields.end(), states.begin(), states.end());
  for (const at::Tensor& field : fields) bytes.push_back(field.contiguous().view(-1).view(at::kByte));
  const at::Tensor mine = at::cat(bytes), all = at::empty({group_.size(), mine.numel()}, mine.options());
  group_.begin_gather(mine, all.view(-1));
  group_.finish();

  int64_t offset = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    at::Tensor& field = fields[i];
    const int64_t length = static_cast<int64_t>(field.nbytes());
    if (length == 0) continue;
    for (int64_t rank = 0; rank < (i < sums.size() ? group_.size() : 1); ++rank) {
      // A copy begins where its dtype may.
      const at::Tensor theirs =
          all[rank].narrow(0, offset, length).clone().view(field.scalar_type()).view(field.sizes());
      rank == 0 ? field.copy_(theirs) : field.add_(theirs);
    }
    offset += length;
  }
}

}  // namespace dlrun
