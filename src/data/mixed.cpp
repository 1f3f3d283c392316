// Samples mixed with others of their batch.

#include "data/mixed.h"

#include <cmath>

#include "base/error.h"
#include "data/pixel_targets.h"

namespace dlrun {
namespace {

// Marsaglia & Tsang 2000; below 1 by a power of a uniform draw.
double draw_gamma(Random& random, double shape) {
  if (shape < 1) return draw_gamma(random, shape + 1) * std::pow(1.0 - random.uniform(), 1.0 / shape);
  const double d = shape - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = random.normal(), v = std::pow(1.0 + c * x, 3);
    if (v > 0 && std::log(1.0 - random.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

at::Tensor partners(const at::Tensor& rows) { return rows.roll(1, 0); }

void mix_classes(Batch& batch, double share) {
  const at::Tensor target = batch["target"];
  const bool again = batch.has(mixed_classes);
  const at::Tensor classes = again ? batch[mixed_classes] : target.unsqueeze(1);
  const at::Tensor shares = again ? batch[mixed_shares] : at::ones({target.size(0), 1});
  const at::Tensor all = at::cat({classes, partners(classes)}, 1);
  const at::Tensor weights = at::cat({shares * share, partners(shares) * (1.0 - share)}, 1);
  batch.set(mixed_classes, all, Rows::sample);
  batch.set(mixed_shares, weights, Rows::sample);
  batch.set("target", all.gather(1, weights.argmax(1, true)).squeeze(1));
}

}  // namespace

double draw_share(Random& random, double alpha) {
  const double one = draw_gamma(random, alpha), other = draw_gamma(random, alpha);
  return one + other > 0 ? one / (one + other) : 0.5;  // Both vanish where alpha is tiny.
}

void mix_targets(const std::string& augmentation, Batch& batch, double share) {
  for (const Batch::Item& item : batch.items()) {
    const std::string& name = item.name;
    if (name == "input" || name == "target" || name == "raw" || name == mixed_classes || name == mixed_shares) continue;
    throw UserError(ExitCode::bad_recipe, "augmentation " + augmentation + ": these samples have '" + name +
                                              "' beside input and target, which cannot be mixed");
  }
  if (!batch.has("target")) return;
  const at::Tensor& target = batch["target"];
  if (target.is_floating_point()) return batch.set("target", target * share + partners(target) * (1.0 - share));
  if (target.dim() == 1) return mix_classes(batch, share);
  if (pixel_targets(batch).empty())
    throw UserError(ExitCode::bad_recipe, "augmentation " + augmentation +
                                              ": mixes one class or numbers for each sample, and these have several "
                                              "classes each");
}

}  // namespace dlrun
