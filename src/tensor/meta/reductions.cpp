// Meta kernels of reductions, and of products that end in one number.

#include <ATen/ATen.h>
#include <ATen/WrapDimUtils.h>
#include <torch/library.h>

namespace dlrun {
namespace {

at::Tensor scalar_of(const at::Tensor& x) { return at::empty({}, x.options()); }

at::ScalarType sum_type(const at::Tensor& x, std::optional<at::ScalarType> type) {
  if (type) return *type;
  return at::isIntegralType(x.scalar_type(), /*includeBool=*/true) ? at::kLong : x.scalar_type();
}

// Without some dimensions; with `keep` they stay with the size 1. No dimensions named means all.
std::vector<int64_t> reduced(const at::Tensor& x, at::OptionalIntArrayRef dimensions, bool keep) {
  const bool all = !dimensions || dimensions->empty();
  std::vector<bool> gone(static_cast<size_t>(x.dim()), all);
  if (!all)
    for (const int64_t dimension : *dimensions)
      gone[static_cast<size_t>(at::maybe_wrap_dim(dimension, x.dim()))] = true;
  std::vector<int64_t> sizes;
  for (int64_t i = 0; i < x.dim(); ++i) {
    const bool here = gone[static_cast<size_t>(i)];
    if (!here || keep) sizes.push_back(here ? 1 : x.size(i));
  }
  return sizes;
}

at::Tensor prod(const at::Tensor& x, std::optional<at::ScalarType> type) {
  return at::empty({}, x.options().dtype(sum_type(x, type)));
}

at::Tensor nansum(const at::Tensor& x, at::OptionalIntArrayRef dimensions, bool keep,
                  std::optional<at::ScalarType> type) {
  return at::empty(reduced(x, dimensions, keep), x.options().dtype(sum_type(x, type)));
}

at::Tensor trace(const at::Tensor& x) {
  TORCH_CHECK(x.dim() == 2, "trace: expected a matrix, but got tensor with dim ", x.dim());
  return at::empty({}, x.options().dtype(sum_type(x, std::nullopt)));
}

at::Tensor spread(const at::Tensor& x, at::OptionalIntArrayRef dimensions, const std::optional<at::Scalar>&,
                  bool keep) {
  TORCH_CHECK(x.is_floating_point() || x.is_complex(), "std and var only support floating point and complex dtypes");
  return at::empty(reduced(x, dimensions, keep), x.options().dtype(c10::toRealValueType(x.scalar_type())));
}

std::tuple<at::Tensor, at::Tensor> spread_and_mean(const at::Tensor& x, at::OptionalIntArrayRef dimensions,
                                                   const std::optional<at::Scalar>& correction, bool keep) {
  return {spread(x, dimensions, correction, keep), at::empty(reduced(x, dimensions, keep), x.options())};
}

at::Tensor count_nonzero(const at::Tensor& x, at::IntArrayRef dimensions) {
  return at::empty(reduced(x, dimensions, false), x.options().dtype(at::kLong));
}

std::tuple<at::Tensor&, at::Tensor&> chosen(const at::Tensor& x, int64_t dimension, bool keep, at::Tensor& values,
                                            at::Tensor& indices) {
  const int64_t along = at::maybe_wrap_dim(dimension, x.dim());
  const std::vector<int64_t> sizes = reduced(x, at::IntArrayRef(along), keep);
  values.resize_(sizes);
  indices.resize_(sizes);
  return {values, indices};
}

std::tuple<at::Tensor&, at::Tensor&> kth_value(const at::Tensor& x, int64_t k, int64_t dimension, bool keep,
                                               at::Tensor& values, at::Tensor& indices) {
  const int64_t along = at::maybe_wrap_dim(dimension, x.dim());
  TORCH_CHECK(k >= 1 && k <= (x.dim() > 0 ? x.size(along) : 1), "kthvalue(): selected number k out of range");
  return chosen(x, dimension, keep, values, indices);
}

std::tuple<at::Tensor, at::Tensor> mode(const at::Tensor& x, int64_t dimension, bool keep) {
  const int64_t along = at::maybe_wrap_dim(dimension, x.dim());
  const std::vector<int64_t> sizes = reduced(x, at::IntArrayRef(along), keep);
  return {at::empty(sizes, x.options()), at::empty(sizes, x.options().dtype(at::kLong))};
}

void running(const at::Tensor&, at::Tensor&, at::Tensor&, int64_t) {}  // The caller made the results.

at::Tensor running_log_sum(const at::Tensor& x, int64_t) { return at::empty_like(x, at::MemoryFormat::Contiguous); }

at::Tensor dot(const at::Tensor& a, const at::Tensor& b) {
  TORCH_CHECK(a.dim() == 1 && b.dim() == 1, "1D tensors expected, but got ", a.dim(), "D and ", b.dim(), "D tensors");
  TORCH_CHECK(a.scalar_type() == b.scalar_type(), "dot : expected both vectors to have same dtype, but found ",
              a.scalar_type(), " and ", b.scalar_type());
  TORCH_CHECK(a.numel() == b.numel(), "inconsistent tensor size, expected tensor [", a.numel(), "] and src [",
              b.numel(), "] to have the same number of elements");
  return at::empty({}, a.options());
}

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("max", &scalar_of);
  library.impl("min", &scalar_of);
  library.impl("median", &scalar_of);
  library.impl("nanmedian", &scalar_of);
  library.impl("prod", &prod);
  library.impl("nansum", &nansum);
  library.impl("trace", &trace);
  library.impl("std.correction", &spread);
  library.impl("var.correction", &spread);
  library.impl("std_mean.correction", &spread_and_mean);
  library.impl("var_mean.correction", &spread_and_mean);
  library.impl("count_nonzero.dim_IntList", &count_nonzero);
  library.impl("median.dim_values", &chosen);
  library.impl("nanmedian.dim_values", &chosen);
  library.impl("kthvalue.values", &kth_value);
  library.impl("mode", &mode);
  library.impl("_cummax_helper", &running);
  library.impl("_cummin_helper", &running);
  library.impl("_logcumsumexp", &running_log_sum);
  library.impl("dot", &dot);
  library.impl("vdot", &dot);
}

}  // namespace
}  // namespace dlrun
