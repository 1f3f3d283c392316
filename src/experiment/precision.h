// Whether this machine computes in the precision a recipe asks for.

#pragma once

#include <ATen/ATen.h>

#include "experiment/recipe.h"

namespace dlrun {

// Tries it before it is used. Throws UserError(bad_recipe) where libtorch cannot; a processor without instructions of
// its own for the type is told, once: there it is slower than float32.
void require_precision(const Hardware& hardware, at::Device device);

// On a GPU: which formats and kernels libtorch takes where it has a choice. 32 is float32 everywhere.
void choose_kernels(const Hardware& hardware, at::Device device);

}  // namespace dlrun
