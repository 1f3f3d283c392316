// What is done to gradients and weights around an update.

#include "step/limits.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <regex>

#include "base/random.h"

namespace dlrun {
namespace {

// [n, ...] -> [n, 1, ...]; of a vector or a number a scalar.
at::Tensor norm_of_units(const at::Tensor& values) {
  if (values.dim() <= 1) return at::linalg_vector_norm(values);
  std::vector<int64_t> others;
  for (int64_t d = 1; d < values.dim(); ++d) others.push_back(d);
  return at::linalg_vector_norm(values, 2, others, true);
}

}  // namespace

void clip_adaptively(const std::vector<Piece>& pieces, double most, double eps) {
  for (const Piece& piece : pieces) {
    const at::Tensor allowed = norm_of_units(piece.parameter).clamp_min(eps).mul(most);
    const at::Tensor norm = norm_of_units(piece.gradient);
    const at::Tensor factor = at::where(norm < allowed, at::ones_like(norm), allowed / norm.clamp_min(1e-6));
    at::Tensor gradient = piece.gradient;
    gradient.mul_(factor);
  }
}

void add_noise(const GradientNoise& noise, const std::vector<at::Tensor>& gradients, uint64_t seed, int64_t step,
               size_t player) {
  const double deviation = std::sqrt(noise.eta / std::pow(1.0 + static_cast<double>(step), noise.gamma));
  // 2^31 - 1: a number of epochs that no sample's stream has.
  Random random(seed, 0x7fffffff, static_cast<uint64_t>(step) << 8 | static_cast<uint64_t>(player));
  const uint64_t drawn = static_cast<uint64_t>(random.next()) << 32 | random.next();
  at::Generator generator = at::detail::createCPUGenerator(drawn);
  for (const at::Tensor& gradient : gradients) {
    if (gradient.is_meta()) continue;
    const at::Tensor values = at::randn(gradient.sizes(), generator, gradient.options().device(at::kCPU));
    at::Tensor(gradient).add_(values.to(gradient.device()), deviation);
  }
}

at::Tensor limit_unread(const at::Tensor& loss, FlatParameters& parameters,
                        const Optional<GradientClipping>& clipping) {
  // A sum of floats in double is finite where they are.
  at::Tensor finite = at::isfinite(loss.detach());
  for (const at::Tensor& gradient : parameters.gradients())
    finite = finite.logical_and(at::isfinite(gradient.sum(at::kDouble)));
  if (clipping && clipping->type == "value") {
    parameters.clamp_gradients(clipping->value);
  } else if (clipping && clipping->type == "agc") {
    clip_adaptively(parameters.pieces(), clipping->value, clipping->eps);
  } else if (clipping) {
    at::Tensor squares;
    for (const at::Tensor& norm : parameters.gradient_norms()) {
      const at::Tensor square = norm.to(at::kDouble).square();
      squares = squares.defined() ? squares + square : square;
    }
    const at::Tensor norm = squares.sqrt();
    // No at::where: its scalars travel to a GPU from memory that a graph cannot hold.
    parameters.scale_gradients((clipping->value / (norm + 1e-6)).masked_fill_(norm <= clipping->value, 1.0));
  }
  return finite.logical_not().to(at::kFloat).reshape({});
}

std::vector<Piece> weights_under(const MaxNorm& limit, const std::vector<Piece>& pieces) {
  const std::regex expression(limit.match);
  std::vector<Piece> some;
  for (const Piece& piece : pieces)
    if (piece.parameter.dim() > 1 && std::regex_search(piece.name, expression)) some.push_back(piece);
  return some;
}

void hold_max_norm(const std::vector<Piece>& pieces, double most) {
  for (const Piece& piece : pieces) at::Tensor(piece.parameter).renorm_(2, 0, most);
}

}  // namespace dlrun
