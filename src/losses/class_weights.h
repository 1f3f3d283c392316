// Weights of classes, given in the recipe or found from how often each class is there.

#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "losses/loss.h"

namespace dlrun {

// A pair loss that may count classes differently.
struct ClassWeightedLoss : PairLoss {
  std::vector<double> class_weights;
  bool balance_classes = false;

  // The two fields, to be given among the loss's own.
  Field class_weights_field();
  Field balance_classes_field();
  std::vector<Relation> relations() const override;

  bool asks_for_counts() const final { return balance_classes; }
  // samples / (classes * samples of the class), as scikit-learn's "balanced"; told once, and a value of the recipe from
  // then on. Throws UserError(bad_data) for a class without a sample.
  void know_counts(const std::vector<int64_t>& samples_of_class) final;

 protected:
  // [classes] like `scores`, undefined where all count alike. Throws UserError(bad_recipe) for another number of them.
  at::Tensor weights_of_classes(int64_t classes, const at::Tensor& scores) const;
};

}  // namespace dlrun
