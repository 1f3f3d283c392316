// Hinge loss: the score of the right class is above all others by a margin. (Weston and Watkins 1999 for several
// classes; torch.nn.MultiMarginLoss)

#include <ATen/ATen.h>

#include "base/error.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Hinge final : TermLoss {
  double margin = 1.0;
  bool squared = false;

  std::vector<Field> fields() override {
    return {
        field("margin", margin, "How much higher the right class has to score.", more_than(0)),
        field("squared", squared, "Whether what is missing is squared (MultiMarginLoss with p = 2)."),
    };
  }

  // One score tells two classes apart by its sign.
  int64_t outputs(int64_t classes) const override { return classes == 2 ? 1 : classes; }

  // prediction [..., classes] float scores, target [...] int64 (below 0: does not count) -> the sum over the other
  // classes of max(0, margin - right + other), by the number of classes. One score of two classes: max(0, margin -
  // score) of the second, max(0, margin + score) of the first.
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    const int64_t classes = prediction.size(-1);
    if (target.scalar_type() != at::kLong || prediction.numel() != target.numel() * classes)
      throw UserError(ExitCode::bad_recipe,
                      "loss: hinge compares scores with one class for each, and this task's targets are others; mse is "
                      "for numbers");
    const at::Tensor scores = prediction.reshape({-1, classes}), truth = target.reshape({-1, 1}).clamp_min(0);
    at::Tensor missing;  // [n, classes]
    if (classes == 1) {
      missing = (margin - scores * (2 * truth - 1).to(scores.scalar_type())).clamp_min(0);
    } else {
      missing = (margin - scores.gather(1, truth) + scores).clamp_min(0).scatter(1, truth, 0.0);
    }
    const at::Tensor each = (squared ? missing.square() : missing).sum(1) / static_cast<double>(classes);
    const at::Tensor counts = target.ge(0).to(scores.scalar_type());
    return {each.reshape(target.sizes()) * counts, counts};
  }
};

const Registered<Loss, Hinge> hinge_entry{"hinge", "The right class scores above all others by a margin."};

}  // namespace
}  // namespace dlrun
