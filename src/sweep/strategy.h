// Which values a trial has: pure functions of the space, the seed, the trial's number and, for tpe, earlier results.

#pragma once

#include <cstdint>
#include <vector>

#include "sweep/space.h"

namespace dlrun {

// Combinations of the choices, the last key's changing fastest. `trial` counts from 0.
int64_t grid_size(const Space& space);
Values grid_values(const Space& space, int64_t trial);

// Each key by itself: choices alike, intervals even on their scale.
Values random_values(const Space& space, int64_t seed, int64_t trial);

// The tree-structured Parzen estimator (Bergstra et al. 2011), each key by itself. `best_first` are the values of
// earlier trials, the best first. The first of them (a tenth, rounded up, 25 at most) and the others each make a
// density; of 24 values drawn from the first the one is taken whose ratio of the two is greatest. Values that are not
// in the space count in neither.
Values tpe_values(const Space& space, int64_t seed, int64_t trial, const std::vector<Values>& best_first);

}  // namespace dlrun
