// What networks add to the loss of a training themselves.

#include "tensor/loss_terms.h"

#include <c10/core/GradMode.h>

namespace dlrun {
namespace {

thread_local LossTerms* innermost_terms = nullptr;

}  // namespace

LossTerms::LossTerms() : outer_(innermost_terms), gradients_(c10::GradMode::is_enabled()) { innermost_terms = this; }

LossTerms::~LossTerms() { innermost_terms = outer_; }

bool wants_loss_terms() { return innermost_terms && innermost_terms->gradients_ == c10::GradMode::is_enabled(); }

void add_loss_term(const std::string& name, const at::Tensor& value) {
  if (!wants_loss_terms()) return;
  for (auto& [known, sum] : innermost_terms->terms_)
    if (known == name) {
      sum = sum + value;
      return;
    }
  innermost_terms->terms_.emplace_back(name, value);
}

}  // namespace dlrun
