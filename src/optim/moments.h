// The two running means that Adam and its kin keep.

#pragma once

#include <vector>

#include "spec/field.h"

namespace dlrun {

struct Moments {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;

  void add_fields(std::vector<Field>& fields) {
    fields.push_back(field("beta1", beta1, "Decay of the mean of gradients.", at_least(0), less_than(1)));
    fields.push_back(field("beta2", beta2, "Decay of the mean of squared gradients.", at_least(0), less_than(1)));
    fields.push_back(field("epsilon", epsilon, "Added to the denominator.", more_than(0)));
  }
};

}  // namespace dlrun
