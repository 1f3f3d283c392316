// What is done to gradients and weights around an update: regularization.gradient_clipping.type agc, gradient_noise and
// max_norm.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/regularization.h"
#include "optim/flat_parameters.h"
#include "optim/optimizer.h"

namespace dlrun {

// Scales the gradient of each unit (row of dimension 0; of a vector the whole) to at most `most` times the norm of its
// weights, which counts as at least `eps`. (Brock et al. 2021; timm's adaptive_clip_grad)
void clip_adaptively(const std::vector<Piece>& pieces, double most, double eps);

// Adds normal noise of the variance eta / (1 + step)^gamma to flat gradients; `step` updates were done before. A pure
// function of (seed, step, player): the same on every process and after a resume, and no stream of the run is drawn
// from.
void add_noise(const GradientNoise& noise, const std::vector<at::Tensor>& gradients, uint64_t seed, int64_t step,
               size_t player);

// Clips the gradients by operators alone, as Step::limit() does where it may read numbers. What comes back is a float
// scalar beside the loss: 1 where that or a gradient is not finite, else 0.
at::Tensor limit_unread(const at::Tensor& loss, FlatParameters& parameters, const Optional<GradientClipping>& clipping);

// The weights that it holds: those its expression matches, and no vectors.
std::vector<Piece> weights_under(const MaxNorm& limit, const std::vector<Piece>& pieces);
// Scales the weights of each unit down to the norm that is allowed, as torch.renorm does.
void hold_max_norm(const std::vector<Piece>& pieces, double most);

}  // namespace dlrun
