// What losses over embeddings share.

#include "losses/embeddings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"

namespace dlrun {
namespace {

constexpr double shortest = 1e-12;  // as torch.nn.functional.normalize
constexpr double nearest = 1e-24;   // squared: roots have no slope at 0

}  // namespace

Embedded embedded(const char* loss, const Batch& answer, const Batch& truth) {
  if (!answer.has("embedding") || !truth.has("target"))
    throw UserError(
        ExitCode::bad_recipe,
        fmt::format("loss: {} compares embeddings, and this task gives none; the task metric_learning does", loss));
  const Embedded found{answer["embedding"], truth["target"]};
  if (found.places.dim() != 2 || found.classes.scalar_type() != at::kLong || found.classes.dim() != 1 ||
      found.classes.size(0) != found.places.size(0))
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("loss: {} compares samples by one class for each, and got embeddings [{}] with targets "
                                "[{}]",
                                loss, fmt::join(found.places.sizes(), ", "), fmt::join(found.classes.sizes(), ", ")));
  return found;
}

const at::Tensor& own_weight(const char* loss, const char* name, const Batch& answer) {
  const std::string full = std::string("loss.") + name;
  if (answer.has(full)) return answer[full];
  throw UserError(ExitCode::bad_recipe,
                  fmt::format("loss: {} learns weights of its own, which this task does not keep; the task "
                              "metric_learning does",
                              loss));
}

at::Tensor directions(const at::Tensor& places) {
  return places / at::linalg_vector_norm(places, 2, at::IntArrayRef{1}, true).clamp_min(shortest);
}

at::Tensor distances(const at::Tensor& places) {
  const at::Tensor exact = places.to(at::kDouble);
  const at::Tensor lengths = exact.square().sum(1);  // [N]
  const at::Tensor squares = lengths.unsqueeze(1) + lengths.unsqueeze(0) - 2 * exact.matmul(exact.t());
  const at::Tensor apart = squares.gt(nearest);
  return at::where(apart, squares.clamp_min(nearest).sqrt(), 0.0);
}

at::Tensor alike(const at::Tensor& classes) { return classes.unsqueeze(0).eq(classes.unsqueeze(1)); }

at::Tensor different_samples(const at::Tensor& classes) {
  const at::Tensor place = at::arange(classes.size(0), classes.options());
  return place.unsqueeze(0).ne(place.unsqueeze(1));
}

Weighted mean_where(const at::Tensor& values, const at::Tensor& counts) {
  return mean_of((values * counts.to(values.scalar_type())).sum(), counts.sum().to(at::kDouble));
}

}  // namespace dlrun
