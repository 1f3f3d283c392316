// What networks add to the loss of a training themselves: a penalty on attention, the balance of experts, a divergence.

#pragma once

#include <ATen/ATen.h>

#include <string>

#include "tensor/named_tensor.h"

namespace dlrun {

// As long as it lives, terms that networks give in this thread are kept in it. Who makes a turn of a training opens one
// around the forward pass, and closes it before backward(): what is computed again there gives nothing a second time.
// Scopes nest; the innermost one is given to.
class LossTerms {
 public:
  LossTerms();
  ~LossTerms();
  LossTerms(const LossTerms&) = delete;
  LossTerms& operator=(const LossTerms&) = delete;

  // In order of their names' first appearance; terms of one name are added up.
  const TensorList& terms() const { return terms_; }

 private:
  friend bool wants_loss_terms();
  friend void add_loss_term(const std::string& name, const at::Tensor& value);

  LossTerms* outer_;
  bool gradients_;
  TensorList terms_;
};

// Whether somebody keeps terms: nobody does in evaluation, prediction and export, nor where a turn asks a network
// without gradients (the teacher of a student). A network computes its terms where training() or this says so: a pass
// that is computed again for its gradients, when nobody keeps any more, has to be the same pass.
bool wants_loss_terms();

// `value`: a differentiable scalar, a mean over the rows that the network was given, already multiplied by its weight.
// It is part of the loss from then on and recorded by itself, as "<name>_loss". Without effect where nobody wants it.
void add_loss_term(const std::string& name, const at::Tensor& value);

}  // namespace dlrun
