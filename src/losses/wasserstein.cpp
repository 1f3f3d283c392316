// The critic's side of the Wasserstein distance: how far its scores of real and of generated samples are apart.
// (Arjovsky et al. 2017)

#include <ATen/ATen.h>

#include "base/error.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Wasserstein final : PairLoss {
  std::vector<Field> fields() override { return {}; }

  // prediction [..., 1] float scores without bounds, target of the same shape, 1 for real and 0 for generated -> the
  // mean of -score where the target is 1, of +score where it is 0, and in between of score (1 - 2 target). The sum over
  // a batch of each is the critic's loss; a generator that wants its samples scored as real has -score.
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    if (!target.is_floating_point() || prediction.sizes() != target.sizes())
      throw UserError(ExitCode::bad_recipe,
                      "loss: wasserstein is for scores of real and generated samples (task wgan_gp), and this task's "
                      "targets are others");
    return {(prediction * (1 - 2 * target)).mean(), weight_of(target.numel(), prediction)};
  }
};

const Registered<Loss, Wasserstein> wasserstein_entry{
    "wasserstein", "How far a critic's scores of real and of generated samples are apart."};

}  // namespace
}  // namespace dlrun
