// What running a model may cost.

#include "onnx/budget.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/memory.h"
#include "base/units.h"
#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

constexpr int64_t most_dimensions = 64;  // ATen's

thread_local OnnxBudget* innermost = nullptr;

OnnxLimits filled(OnnxLimits limits) {
  if (limits.memory == 0) limits.memory = static_cast<uint64_t>(machine_memory()) / 4 * 3;
  return limits;
}

}  // namespace

OnnxBudget::OnnxBudget(const OnnxLimits& limits)
    : limits_(filled(limits)), start_(std::chrono::steady_clock::now()), memory_(limits_.memory), outer_(innermost) {
  innermost = this;
}

OnnxBudget::~OnnxBudget() { innermost = outer_; }

OnnxBudget& OnnxBudget::current() {
  TORCH_CHECK(innermost, "an ONNX kernel runs without a budget");
  return *innermost;
}

void OnnxBudget::spend_nodes(int64_t count) {
  if (count > limits_.nodes - nodes_)
    refuse("with it the model runs more than {} nodes: it may never end", count_text(limits_.nodes));
  nodes_ += count;
  const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - start_;
  if (gone.count() > limits_.seconds) refuse("the model has run for longer than {}", duration_text(limits_.seconds));
}

void OnnxBudget::expect_operations(double count) const {
  if (count <= limits_.operations) return;
  refuse("it asks for {:.2g} multiplications, more than the limit of {:.2g}", count, limits_.operations);
}

void OnnxBudget::expect_value(const at::Tensor& value) const {
  if (!value.defined()) return;
  if (value.dim() > most_dimensions) refuse("a value with {} dimensions; {} are known", value.dim(), most_dimensions);
  uint64_t bytes = value.element_size();
  for (const int64_t size : value.sizes()) {
    if (!__builtin_mul_overflow(bytes, static_cast<uint64_t>(std::max<int64_t>(size, 1)), &bytes)) continue;
    bytes = std::numeric_limits<uint64_t>::max();
    break;
  }
  if (bytes <= limits_.memory) return;
  refuse("a value of the shape [{}] takes {}, more than the limit of {}", fmt::join(value.sizes(), ", "),
         bytes_text(bytes), bytes_text(limits_.memory));
}

}  // namespace dlrun
