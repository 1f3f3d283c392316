// What all groups have in common: the rules of their tensors, and exchanges made of simpler ones.

#include "dist/group.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <vector>

#include "dist/gloo.h"
#include "dist/single.h"

namespace dlrun {
namespace {

void check_sum(const at::Tensor& tensor, const char* what) {
  const at::ScalarType type = tensor.scalar_type();
  TORCH_CHECK(type == at::kFloat || type == at::kDouble || type == at::kLong, what, " of ", type);
}

void check_parts(const at::Tensor& whole, const at::Tensor& mine, int64_t size, const char* what) {
  TORCH_CHECK(whole.scalar_type() == mine.scalar_type(), what, " of ", whole.scalar_type(), " and ",
              mine.scalar_type());
  TORCH_CHECK(whole.dim() == 1 && mine.dim() == 1 && whole.numel() == size * mine.numel(), what, " of ", whole.sizes(),
              " in parts of ", mine.sizes(), " for ", size, " ranks");
  TORCH_CHECK(whole.is_contiguous() && mine.is_contiguous(), what, " of tensors that are not contiguous");
}

// What goes before a tensor: its dtype, whether it is on a GPU, how many dimensions it has, and their sizes.
constexpr int64_t most_dimensions = 8, before_sizes = 3;

at::Tensor head_of(const at::Tensor& tensor) {
  at::Tensor head = at::zeros({before_sizes + most_dimensions}, at::kLong);
  int64_t* value = head.mutable_data_ptr<int64_t>();
  value[0] = static_cast<int64_t>(tensor.scalar_type());
  value[1] = !tensor.is_cpu();
  value[2] = tensor.dim();
  std::copy(tensor.sizes().begin(), tensor.sizes().end(), value + before_sizes);
  return head;
}

// The memory of a contiguous tensor; what is only moved needs no dtype.
at::Tensor bytes_of(const at::Tensor& tensor) { return tensor.detach().view(-1).view(at::kByte); }

}  // namespace

void Group::check(const at::Tensor& tensor, const char* what) const {
  TORCH_CHECK(tensor.defined() && tensor.layout() == at::kStrided, what, " of something other than a dense tensor");
  TORCH_CHECK(size() == 1 || tensor.is_cpu() || tensor.device() == device(), what, " of a tensor on ", tensor.device(),
              " by a rank on ", device());
}

void Group::add(at::Tensor& tensor) {
  check(tensor, "add");
  check_sum(tensor, "add");
  if (tensor.numel() == 0 || size() == 1) return;
  const at::NoGradGuard no_gradient;
  at::Tensor whole = tensor.detach().contiguous();
  sum(whole);
  if (!tensor.is_contiguous()) tensor.copy_(whole);
}

at::Tensor Group::append(const at::Tensor& tensor) {
  check(tensor, "append");
  TORCH_CHECK(tensor.dim() > 0, "append of a scalar, which has no rows");
  if (size() == 1) return tensor;
  const at::NoGradGuard no_gradient;
  int64_t row_bytes = tensor.element_size();
  for (const int64_t length : tensor.sizes().slice(1)) row_bytes *= length;

  at::Tensor mine = at::tensor({tensor.size(0), row_bytes}, at::kLong);
  at::Tensor all = at::empty({size() * 2}, at::kLong);
  collect(mine, all);
  std::vector<int64_t> rows;
  for (int64_t rank = 0; rank < size(); ++rank) {
    rows.push_back(all[2 * rank].item<int64_t>());
    TORCH_CHECK(all[2 * rank + 1].item<int64_t>() == row_bytes, "append of rows of ", row_bytes, " bytes, and of ",
                all[2 * rank + 1].item<int64_t>(), " on rank ", rank);
  }
  const int64_t most = *std::max_element(rows.begin(), rows.end()) * row_bytes;
  if (most == 0) return tensor;

  // The parts travel at equal lengths. What is beyond a rank's rows is sent and never looked at.
  const at::Tensor own = bytes_of(tensor.contiguous());
  at::Tensor part = at::zeros({most}, own.options()), parts = at::empty({size() * most}, own.options());
  part.narrow(0, 0, own.numel()).copy_(own);
  collect(part, parts);
  std::vector<at::Tensor> pieces;
  for (int64_t rank = 0; rank < size(); ++rank) pieces.push_back(parts.narrow(0, rank * most, rows[rank] * row_bytes));
  std::vector<int64_t> sizes = tensor.sizes().vec();
  sizes[0] = -1;
  return at::cat(pieces).view(tensor.scalar_type()).view(sizes);
}

void Group::scatter_sums(const at::Tensor& whole, at::Tensor& mine) {
  begin_scatter_sums(whole, mine);
  finish();
}

void Group::gather(const at::Tensor& mine, at::Tensor& whole) {
  check(mine, "gather");
  check(whole, "gather");
  check_parts(whole, mine, size(), "gather");
  if (mine.numel() == 0) return;
  const at::NoGradGuard no_gradient;
  at::Tensor target = bytes_of(whole);
  collect(bytes_of(mine), target);
}

void Group::begin_add(const at::Tensor& tensor) {
  check(tensor, "begin_add");
  check_sum(tensor, "begin_add");
  TORCH_CHECK(tensor.is_contiguous(), "begin_add of a tensor that is not contiguous");
  if (tensor.numel() > 0 && size() > 1) begin_sum(tensor.detach());
}

void Group::begin_scatter_sums(const at::Tensor& whole, const at::Tensor& mine) {
  check(whole, "scatter_sums");
  check(mine, "scatter_sums");
  check_sum(whole, "scatter_sums");
  check_parts(whole, mine, size(), "scatter_sums");
  const at::NoGradGuard no_gradient;
  if (mine.numel() > 0) begin_sum_parts(whole.detach(), mine.detach());
}

void Group::begin_gather(const at::Tensor& mine, const at::Tensor& whole) {
  check(mine, "begin_gather");
  check(whole, "begin_gather");
  check_parts(whole, mine, size(), "begin_gather");
  if (mine.numel() > 0) begin_collect(bytes_of(mine), bytes_of(whole));
}

void Group::begin_send(const at::Tensor& tensor, int64_t to) {
  check(tensor, "begin_send");
  TORCH_CHECK(to >= 0 && to < size() && to != rank(), "begin_send to rank ", to, " of ", size());
  TORCH_CHECK(tensor.dim() <= most_dimensions, "begin_send of ", tensor.dim(), " dimensions");
  const at::NoGradGuard no_gradient;
  begin_pass(bytes_of(head_of(tensor)), to);
  if (tensor.numel() > 0) begin_pass(bytes_of(tensor.cpu().contiguous()), to);
}

at::Tensor Group::receive(int64_t from) {
  TORCH_CHECK(from >= 0 && from < size() && from != rank(), "receive from rank ", from, " of ", size());
  const at::NoGradGuard no_gradient;
  const at::Tensor head = at::empty({before_sizes + most_dimensions}, at::kLong);
  at::Tensor bytes = bytes_of(head);
  take(bytes, from);
  const int64_t* value = head.const_data_ptr<int64_t>();
  const at::Tensor tensor = at::empty(at::IntArrayRef(value + before_sizes, static_cast<size_t>(value[2])),
                                      static_cast<at::ScalarType>(value[0]));
  bytes = bytes_of(tensor);
  if (tensor.numel() > 0) take(bytes, from);
  return value[1] ? tensor.to(device()) : tensor;
}

void Group::from_first(at::Tensor& tensor) {
  check(tensor, "from_first");
  if (tensor.numel() == 0 || size() == 1) return;
  const at::NoGradGuard no_gradient;
  const at::Tensor whole = tensor.detach().contiguous();
  at::Tensor bytes = bytes_of(whole);
  spread(bytes);
  if (!tensor.is_contiguous()) tensor.copy_(whole);
}

std::unique_ptr<Group> open_group(const RankPlace& place, const GroupOptions& options) {
  return place.size == 1 ? open_single() : open_gloo(place, options);
}

}  // namespace dlrun
