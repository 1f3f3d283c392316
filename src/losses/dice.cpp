// Dice loss: how far prediction and truth are from covering the same pixels. (Milletari et al. 2016; the formula of
// segmentation_models_pytorch's DiceLoss for each picture by itself, so that how pictures are batched changes nothing)

#include <ATen/ATen.h>

#include "base/error.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Dice final : PairLoss {
  double smooth = 0.0;

  std::vector<Field> fields() override {
    return {field("smooth", smooth,
                  "Added to the area that is shared and to the mean of both, in pixels: softens their fraction where a "
                  "class covers few of them.",
                  at_least(0))};
  }

  // One logit tells two classes apart, and the second of them is looked at.
  int64_t outputs(int64_t classes) const override { return classes == 2 ? 1 : classes; }

  // prediction [N, ..., K] float logits, target [N, ...] int64 (below 0: does not count) -> 1 - 2 sum(p t) / sum(p +
  // t), a mean over pictures and their K classes; K = 1: over class 1 of 0 and 1. A class that a picture does not have
  // counts as 0, as in the original.
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    const int64_t pictures = target.size(0), classes = prediction.size(-1);
    if (target.scalar_type() != at::kLong || target.dim() < 2 || prediction.numel() != target.numel() * classes)
      throw UserError(ExitCode::bad_recipe,
                      "loss: dice compares areas, and needs a class for each pixel or position of a sample; "
                      "cross_entropy is for one class for each sample");
    // Areas are too large to be added up in half precision.
    const at::ScalarType type = at::promote_types(prediction.scalar_type(), at::kFloat);
    const at::Tensor scores = prediction.to(type).reshape({pictures, -1, classes});
    const at::Tensor known = target.reshape({pictures, -1, 1});
    const at::Tensor counts = known.ge(0).to(scores.scalar_type());
    const at::Tensor labels = classes == 1 ? at::ones({1}, known.options()) : at::arange(classes, known.options());
    const at::Tensor truth = known.eq(labels).to(scores.scalar_type());
    const at::Tensor chance = (classes == 1 ? scores.sigmoid() : scores.softmax(2)) * counts;
    const at::Tensor shared = (chance * truth).sum(1), all = (chance + truth).sum(1);  // [N, K]
    const at::Tensor score = (shared + smooth) / (all / 2 + smooth).clamp_min(least);
    const at::Tensor there = truth.sum(1).gt(0).to(scores.scalar_type());
    return {((1 - score) * there).mean().to(prediction.scalar_type()), weight_of(pictures, prediction)};
  }

 private:
  static constexpr double least = 1e-7;
};

const Registered<Loss, Dice> dice_entry{"dice", "How far prediction and truth are from covering the same pixels."};

}  // namespace
}  // namespace dlrun
