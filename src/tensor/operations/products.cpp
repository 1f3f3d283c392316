// Operations of products of matrices.

#include <map>
#include <set>

#include "tensor/operations/families.h"

namespace dlrun::operations_of {
namespace {

// Every number of the result is a sum over the last dimension of `left`.
int64_t dense(const at::Tensor& left, const at::Tensor& output) {
  return 2 * output.numel() * (left.dim() == 0 ? 1 : left.size(-1));
}

int64_t product(const TappedCall& call) { return dense(tensor(call, 0), result(call, 0)); }
int64_t sum_and_product(const TappedCall& call) { return dense(tensor(call, 1), result(call, 0)); }

// addbmm, addr: the batch is summed too.
int64_t summed_batch(const TappedCall& call) {
  const at::Tensor left = tensor(call, 1);
  return 2 * left.numel() * result(call, 0).size(-1);
}

int64_t bilinear(const TappedCall& call) {
  const at::Tensor left = tensor(call, 0), right = tensor(call, 1), weight = tensor(call, 2);
  const int64_t rows = left.numel() / left.size(-1);
  return 2 * rows * weight.numel() + 2 * rows * weight.size(0) * right.size(-1);
}

// Two operands meet in one product over every label either has; more operands are multiplied one after the other.
int64_t einsum(const TappedCall& call) {
  const std::string equation = call.arguments[0].toStringRef();
  const std::vector<at::Tensor> operands = call.arguments[1].toTensorVector();
  if (operands.size() < 2 || equation.find("...") != std::string::npos) return 0;
  std::vector<std::string> labels(1);
  for (const char letter : equation.substr(0, equation.find("->"))) {
    if (letter == ',')
      labels.emplace_back();
    else if (letter != ' ')
      labels.back() += letter;
  }
  std::map<char, int64_t> sizes;
  for (size_t i = 0; i < operands.size(); ++i)
    for (size_t d = 0; d < labels[i].size(); ++d) sizes[labels[i][d]] = operands[i].size(static_cast<int64_t>(d));
  std::set<char> needed;  // by the result or a later operand
  const size_t arrow = equation.find("->");
  if (arrow != std::string::npos)
    for (const char letter : equation.substr(arrow + 2)) needed.insert(letter);
  int64_t total = 0;
  std::set<char> left(labels[0].begin(), labels[0].end());
  for (size_t i = 1; i < operands.size(); ++i) {
    std::set<char> later = needed;
    for (size_t j = i + 1; j < operands.size(); ++j) later.insert(labels[j].begin(), labels[j].end());
    const std::set<char> right(labels[i].begin(), labels[i].end());
    int64_t count = 2;
    std::set<char> both = left, kept;
    both.insert(right.begin(), right.end());
    for (const char letter : both) {
      const bool shared = left.contains(letter) && right.contains(letter);
      if (shared || later.contains(letter) || arrow == std::string::npos) count *= sizes[letter];
      if (later.contains(letter)) kept.insert(letter);
    }
    total += count;
    left = kept;
  }
  return total;
}

// dlrun::sparse_mm: one multiplication and addition for each value and column of the dense matrix.
int64_t sparse(const TappedCall& call) { return 2 * tensor(call, 2).numel() * tensor(call, 6).size(1); }

constexpr Formula product_formulas[] = {
    {"aten::mm", product},
    {"aten::bmm", product},
    {"aten::matmul", product},
    {"aten::linear", product},
    {"aten::mv", product},
    {"aten::dot", product},
    {"aten::vdot", product},
    {"aten::inner", product},
    {"aten::_int_mm", product},
    {"aten::_scaled_mm", product},
    {"aten::addmm", sum_and_product},
    {"aten::addmm_", sum_and_product},
    {"aten::baddbmm", sum_and_product},
    {"aten::baddbmm_", sum_and_product},
    {"aten::addmv", sum_and_product},
    {"aten::_addmm_activation", sum_and_product},
    {"aten::addbmm", summed_batch},
    {"aten::bilinear", bilinear},
    {"aten::einsum", einsum},
    {"dlrun::sparse_mm", sparse},
};

}  // namespace

std::span<const Formula> products() { return product_formulas; }

}  // namespace dlrun::operations_of
