// Products of matrices.

#include "base/text.h"
#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

double size_or_one(const at::Tensor& x, int64_t from_right) {
  return from_right <= x.dim() ? static_cast<double>(x.size(-from_right)) : 1;
}

// [..., n, k] times [..., k, m] within the budget. What does not fit together is left to ATen to refuse.
void expect_product(const at::Tensor& a, const at::Tensor& b) {
  if (a.dim() == 0 || b.dim() == 0) return;
  double count = size_or_one(a, 1) * (b.dim() == 1 ? 1 : size_or_one(b, 1)) * size_or_one(a, 2);
  for (int64_t axis = 3; axis <= std::max(a.dim(), b.dim()); ++axis)
    count *= std::max(size_or_one(a, axis), size_or_one(b, axis));
  OnnxBudget::current().expect_operations(count);
}

OnnxKernel matrix_product(OnnxNodeReader& node) {
  node.arity(2, 2);
  return one_output([](OnnxInputs in) {
    expect_same_type(in);
    expect_product(in[0], in[1]);
    return at::matmul(in[0], in[1]);
  });
}

OnnxKernel general_product(OnnxNodeReader& node) {
  node.arity(2, 3);
  const double alpha = node.real("alpha", 1), beta = node.real("beta", 1);
  const bool turn_a = node.flag("transA", false), turn_b = node.flag("transB", false);
  return one_output([=](OnnxInputs in) {
    expect_same_type(in);
    const at::Tensor a = turn_a ? in[0].t() : in[0], b = turn_b ? in[1].t() : in[1];
    expect_product(a, b);
    const bool given = in.size() > 2 && in[2].defined(), whole = !at::isFloatingType(a.scalar_type());
    if (given && !whole) return at::addmm(in[2], a, b, beta, alpha);
    // Integers are multiplied by numbers that need not be whole, and cut off.
    const auto scaled = [](const at::Tensor& x, double by) { return by == 1 ? x : (x * by).to(x.scalar_type()); };
    const at::Tensor result = scaled(at::mm(a, b), alpha);
    return given ? result + scaled(in[2], beta) : result;
  });
}

// A product over all sizes that have a letter: as if nothing were summed early.
void expect_einsum(const std::string& equation, OnnxInputs in) {
  const std::vector<std::string> terms = split(equation.substr(0, equation.find("->")), ',');
  std::map<char, double> sizes;
  for (size_t i = 0; i < std::min(terms.size(), in.size()); ++i) {
    int64_t axis = 0;
    const auto letters =
        std::count_if(terms[i].begin(), terms[i].end(), [](unsigned char c) { return std::isalpha(c); });
    double dots = 1;
    for (const char letter : terms[i]) {
      if (std::isalpha(static_cast<unsigned char>(letter)) && axis < in[i].dim()) {
        double& size = sizes[letter];
        size = std::max(size, static_cast<double>(in[i].size(axis++)));
      } else if (letter == '.' && dots == 1) {
        for (int64_t rest = in[i].dim() - letters; rest > 0 && axis < in[i].dim(); --rest)
          dots *= static_cast<double>(in[i].size(axis++));
      }
    }
    sizes['.'] = std::max(sizes['.'], dots);
  }
  double count = 1;
  for (const auto& [letter, size] : sizes) count *= size;
  OnnxBudget::current().expect_operations(count);
}

OnnxKernel einsum(OnnxNodeReader& node) {
  node.arity(1, 1 << 10);
  const std::string equation = node.text("equation", "", {});
  if (equation.empty()) refuse("attribute 'equation' is missing");
  return one_output([equation](OnnxInputs in) {
    expect_same_type(in);
    expect_einsum(equation, in);
    return at::einsum(equation, at::TensorList(in.data(), in.size()));
  });
}

const OnnxRegistered matrix_entries{
    {"Einsum", widened<einsum>, 12}, {"Gemm", widened<general_product>}, {"MatMul", widened<matrix_product>}};

}  // namespace
}  // namespace dlrun
