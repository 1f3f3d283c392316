// What computes with the rows of all processes of a training.

#include "tensor/ranks.h"

#include <torch/csrc/autograd/custom_function.h>

namespace dlrun {
namespace {

thread_local Ranks *together = nullptr, *norms_together = nullptr;

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct AppendRows : torch::autograd::Function<AppendRows> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& mine) {
    Ranks& ranks = *together;
    at::Tensor before = at::zeros({ranks.size()}, at::kLong);
    before.narrow(0, ranks.rank(), 1).fill_(mine.size(0));
    ranks.add(before);
    context->saved_data["first"] = before.narrow(0, 0, ranks.rank()).sum().item<int64_t>();
    context->saved_data["rows"] = mine.size(0);
    return ranks.append(mine);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    at::Tensor sum = gradients[0].clone(at::MemoryFormat::Contiguous);
    TORCH_CHECK(together, "the gradient of rows of all ranks outside of their turn");
    together->add(sum);
    return {sum.narrow(0, context->saved_data["first"].toInt(), context->saved_data["rows"].toInt())};
  }
};

}  // namespace

Together::Together(Ranks& ranks, bool norms) {
  TORCH_CHECK(!together, "a turn within a turn");
  if (ranks.size() == 1) return;
  together = &ranks;
  if (norms) norms_together = &ranks;
}

Together::~Together() { together = norms_together = nullptr; }

Ranks* ranks_together() { return together; }

Ranks* ranks_of_norms() { return norms_together; }

at::Tensor rows_of_all_ranks(const at::Tensor& rows) {
  if (!together) return rows;
  return rows.is_floating_point() ? AppendRows::apply(rows) : together->append(rows);
}

Batch rows_of_all_ranks(const Batch& batch) {
  if (!together) return batch;
  Batch all = batch;
  for (const Batch::Item& item : batch.items())
    if (item.rows == Rows::sample) all.set(item.name, rows_of_all_ranks(item.value));
  at::Tensor count = at::scalar_tensor(batch.count, at::kLong);
  together->add(count);
  all.count = count.item<int64_t>();
  return all;
}

}  // namespace dlrun
