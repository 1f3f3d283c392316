// Meta kernels of attention: the same choice between the fused kernel and plain products as on a CPU.

#include <ATen/ATen.h>
#include <ATen/OpMathType.h>
#include <torch/library.h>

namespace dlrun {
namespace {

using Optional = std::optional<at::Tensor>;

// What libtorch's fused kernel on a CPU asks for.
bool fused(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const Optional& mask,
           double dropout) {
  if (!at::globalContext().userEnabledFlashSDP() || dropout > 0) return false;
  if (mask && mask->defined() && (mask->requires_grad() || (mask->dim() != 2 && mask->dim() != 4))) return false;
  for (const at::Tensor& one : {query, key, value})
    if (one.dim() != 4 || one.size(2) == 0 || one.stride(3) != 1 || one.size(0) != query.size(0) ||
        one.size(1) != query.size(1) || one.size(3) != query.size(3))
      return false;
  return true;
}

at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const Optional& mask,
                     double dropout, bool causal, std::optional<double> scale, bool grouped) {
  if (!grouped && fused(query, key, value, mask, dropout)) {
    Optional added = mask;
    if (added && added->scalar_type() == at::kBool) added = at::empty_like(*added, query.options());
    return std::get<0>(
        at::_scaled_dot_product_flash_attention_for_cpu(query, key, value, dropout, causal, added, scale));
  }
  return std::get<0>(
      at::_scaled_dot_product_attention_math(query, key, value, mask, dropout, causal, {}, scale, grouped));
}

at::Tensor by_position(const at::Tensor& like) {  // [B, H, T, D] over memory ordered [B, T, H, D]
  return at::empty({like.size(0), like.size(2), like.size(1), like.size(3)}, like.options()).transpose(1, 2);
}

std::tuple<at::Tensor, at::Tensor> flash(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                         double, bool, const Optional&, std::optional<double>) {
  TORCH_CHECK(query.dim() == 4 && key.dim() == 4 && value.dim() == 4 && key.sizes() == value.sizes() &&
                  query.size(0) == key.size(0) && query.size(1) == key.size(1) && query.size(3) == key.size(3),
              "attention over query ", query.sizes(), ", key ", key.sizes(), ", value ", value.sizes());
  const at::ScalarType sum = at::toOpMathType(query.scalar_type());
  const at::Tensor weights =
      at::empty({query.size(0), query.size(2), query.size(1)}, query.options().dtype(sum)).transpose(1, 2);
  return {at::empty_like(query), weights};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> flash_backward(const at::Tensor&, const at::Tensor& query,
                                                              const at::Tensor& key, const at::Tensor& value,
                                                              const at::Tensor&, const at::Tensor&, double, bool,
                                                              const Optional&, std::optional<double>) {
  return {by_position(query), by_position(key), by_position(value)};
}

at::Tensor masked_softmax(const at::Tensor& x, const at::Tensor&, std::optional<int64_t>, std::optional<int64_t>) {
  return at::empty(x.sizes(), x.options());
}

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("_scaled_dot_product_flash_attention_for_cpu", &flash);
  library.impl("_scaled_dot_product_flash_attention_for_cpu_backward", &flash_backward);
  library.impl("_masked_softmax", &masked_softmax);
  library.impl("scaled_dot_product_attention", &attention);
}
// Above autograd: the choice depends on the inputs, the gradients on the kernel that was chosen.
TORCH_LIBRARY_IMPL(aten, AutogradMeta, library) { library.impl("scaled_dot_product_attention", &attention); }

}  // namespace
}  // namespace dlrun
