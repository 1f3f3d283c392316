// What processes that hold one network together exchange in its passes.

#include "nn/cut.h"

#include <torch/csrc/autograd/custom_function.h>

#include "tensor/dropout.h"

namespace dlrun {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Added up in float32, whatever the computation is in: a type of eight bits would lose what the parts have.
at::Tensor sum_of_parts(Ranks& ranks, const at::Tensor& mine) {
  at::Tensor sum = mine.to(at::kFloat).contiguous();
  if (sum.is_alias_of(mine)) sum = sum.clone();
  ranks.add(sum);
  return sum.to(mine.scalar_type());
}

Ranks& ranks_of(AutogradContext* context) { return *reinterpret_cast<Ranks*>(context->saved_data["ranks"].toInt()); }

struct Enter : torch::autograd::Function<Enter> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, int64_t ranks) {
    context->saved_data["ranks"] = ranks;
    return input.view_as(input);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    return {sum_of_parts(ranks_of(context), gradients[0]), {}};
  }
};

struct Leave : torch::autograd::Function<Leave> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& output, int64_t ranks) {
    return sum_of_parts(*reinterpret_cast<Ranks*>(ranks), output);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) { return {gradients[0], {}}; }
};

// A bias is added to the sum, once: it stays aside.
struct Aside {
  explicit Aside(at::Tensor* slot) : slot(slot) {
    if (slot) std::swap(bias, *slot);
  }
  ~Aside() {
    if (slot) std::swap(bias, *slot);
  }
  at::Tensor* slot;
  at::Tensor bias;
};

class PartOfPair final : public PartPass {
 public:
  PartOfPair(CutParameters::Along along, Ranks& ranks, at::Tensor* bias)
      : outputs_(along == CutParameters::Along::outputs), ranks_(ranks), bias_(outputs_ ? nullptr : bias) {}

 private:
  std::shared_ptr<void> begin() const override { return std::make_shared<Aside>(bias_); }

  at::Tensor enter(const at::Tensor& input) const override {
    if (!outputs_ || !input.requires_grad()) return input;
    return Enter::apply(input, reinterpret_cast<int64_t>(&ranks_));
  }

  at::Tensor leave(const at::Tensor& output, void* inside) const override {
    if (outputs_) return output;
    const at::Tensor sum = Leave::apply(output, reinterpret_cast<int64_t>(&ranks_));
    const at::Tensor& bias = static_cast<Aside*>(inside)->bias;
    return bias.defined() ? sum + bias.to(sum.scalar_type()) : sum;
  }

  bool outputs_;
  Ranks& ranks_;
  at::Tensor* bias_;
};

class DrawsOfPart final : public PartPass {
 public:
  explicit DrawsOfPart(int64_t part) : part_(part) {}

 private:
  std::shared_ptr<void> begin() const override {
    const int64_t outer = draw_for_part(part_);
    return {nullptr, [outer](void*) { draw_for_part(outer); }};
  }
  int64_t part_;
};

}  // namespace

std::shared_ptr<const PartPass> part_of_pair(CutParameters::Along along, Ranks& ranks, at::Tensor* bias) {
  return std::make_shared<PartOfPair>(along, ranks, bias);
}

std::shared_ptr<const PartPass> draws_of_part(int64_t part) { return std::make_shared<DrawsOfPart>(part); }

at::Tensor part_of(const at::Tensor& whole, int64_t dim, int64_t blocks, int64_t rank, int64_t size) {
  std::vector<at::Tensor> parts;
  for (const at::Tensor& block : whole.chunk(blocks, dim)) parts.push_back(block.chunk(size, dim)[rank]);
  return at::cat(parts, dim);
}

at::Tensor whole_of(const std::vector<at::Tensor>& parts, int64_t dim, int64_t blocks) {
  std::vector<std::vector<at::Tensor>> of_part;
  for (const at::Tensor& part : parts) of_part.push_back(part.chunk(blocks, dim));
  std::vector<at::Tensor> in_order;
  for (int64_t block = 0; block < blocks; ++block)
    for (const std::vector<at::Tensor>& part : of_part) in_order.push_back(part[static_cast<size_t>(block)]);
  return at::cat(in_order, dim);
}

}  // namespace dlrun
