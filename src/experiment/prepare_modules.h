// What a recipe changes in the modules of its networks before they train: where weights are computed from others, and
// what is computed again for its gradients.

#pragma once

#include "experiment/recipe.h"
#include "nn/module.h"

namespace dlrun {

// regularization.spectral_norm and weight_norm, on the weights of the networks in `all` that their expressions match by
// their names in all of it. Draws from ATen's default generator for a spectral norm. Throws UserError(bad_recipe) where
// one matches no weight, both match the same, or the weight lacks the dimension.
void parametrize_weights(const Regularization& regularization, Module& all);

// trainer.gradient_checkpointing, on the modules in `all` that its expressions match. Throws UserError(bad_recipe)
// where one matches no module that answers by itself, or one of several processes' shared statistics.
void recompute_modules(const Recipe& recipe, Module& all);

}  // namespace dlrun
