// Center loss: how far embeddings are from the centre of their class, which is learned with them. (Wen et al. 2016)

#include <ATen/ATen.h>

#include "losses/embeddings.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Center final : Loss {
  std::vector<Field> fields() override { return {}; }

  std::vector<OwnWeight> weights(int64_t width, int64_t classes) const override {
    return {{"centers", {classes, width}, 1.0}};
  }

  // "embedding" [N, width], target [N] int64, "loss.centers" [classes, width] -> half the squared distance, a mean over
  // samples. The centres learn by its gradient, as all weights do. Alone it draws everything into one place: it is for
  // a sum with a loss that keeps classes apart (weighted_sum).
  Weighted forward(const Batch& answer, const Batch& truth) const override {
    const auto [places, classes] = embedded("center", answer, truth);
    const at::Tensor centers = own_weight("center", "centers", answer).index_select(0, classes);
    return {(places - centers).square().sum(1).mean() / 2, weight_of(classes.numel(), places)};
  }
};

const Registered<Loss, Center> center_entry{"center", "How far embeddings are from the learned centre of their class."};

}  // namespace
}  // namespace dlrun
