// ArcFace: cross entropy of the angles between an embedding and a direction for each class, the right one made harder
// by a margin. (Deng et al. 2019)

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "losses/embeddings.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct ArcFace final : Loss {
  double margin = 0.5;
  double scale = 64.0;

  std::vector<Field> fields() override {
    return {
        field("margin", margin, "Added to the angle of the right class, in radians.", at_least(0),
              less_than(std::numbers::pi)),
        field("scale", scale, "What the cosines are multiplied by before their softmax.", more_than(0)),
    };
  }

  std::vector<OwnWeight> weights(int64_t width, int64_t classes) const override {
    return {{"weight", {classes, width}, 0.01}};
  }

  // "embedding" [N, width], target [N] int64, "loss.weight" [classes, width] -> nats, a mean over samples. Angles that
  // the margin would take beyond pi have cos - margin sin(margin) instead, so that it falls all the way.
  Weighted forward(const Batch& answer, const Batch& truth) const override {
    const auto [places, classes] = embedded("arcface", answer, truth);
    const at::Tensor cosine =
        directions(places).matmul(directions(own_weight("arcface", "weight", answer)).t()).clamp(-1, 1);
    const at::Tensor own = cosine.gather(1, classes.unsqueeze(1));
    const at::Tensor sine = (1 - own.square()).clamp_min(least).sqrt();
    const at::Tensor moved = own * std::cos(margin) - sine * std::sin(margin);  // cos(angle + margin)
    const at::Tensor harder =
        at::where(own.gt(std::cos(std::numbers::pi - margin)), moved, own - margin * std::sin(margin));
    const at::Tensor scores = cosine.scatter(1, classes.unsqueeze(1), harder) * scale;
    return {at::cross_entropy_loss(scores, classes), weight_of(classes.numel(), places)};
  }

 private:
  static constexpr double least = 1e-12;  // Roots have no slope at 0, where an embedding lies on its direction.
};

const Registered<Loss, ArcFace> arcface_entry{"arcface",
                                              "Cross entropy of angles to a direction for each class, with a margin."};

}  // namespace
}  // namespace dlrun
