// NT-Xent: of all views in a batch, a sample's other view should be the most like it. (Chen et al. 2020, equation 1)

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

#include "base/error.h"
#include "losses/compares_samples.h"
#include "losses/embeddings.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct NtXent final : Loss, ComparesSamples {
  double temperature = 0.5;

  std::vector<Field> fields() override {
    return {field("temperature", temperature,
                  "What cosine similarities are divided by: a smaller one looks at the hardest negatives alone.",
                  more_than(0))};
  }

  // "output" and "second.output" [N, width] float, row i of both from one sample -> nats, the mean over 2 N views of
  // the cross entropy of the other view among the 2 N - 1 others. Symmetric in the two. The others are those of the
  // same part of a batch: trainer.micro_batch_size leaves fewer of them.
  Weighted forward(const Batch& answer, const Batch&) const override {
    if (!answer.has("second.output"))
      throw UserError(ExitCode::bad_recipe,
                      "loss: nt_xent compares two views of every sample, and this task looks at one; the task simclr "
                      "looks at two");
    const at::Tensor &first = answer["output"], &second = answer["second.output"];
    if (first.dim() != 2 || first.sizes() != second.sizes())
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("loss: nt_xent compares two vectors of every sample, and got [{}] and [{}]",
                                  fmt::join(first.sizes(), ", "), fmt::join(second.sizes(), ", ")));
    const int64_t count = first.size(0);
    const at::Tensor views = at::cat({first, second});  // [2 N, width]
    const at::Tensor unit = directions(views);
    const at::Tensor likeness = unit.matmul(unit.t()) / temperature;  // [2 N, 2 N]
    const at::Tensor place = at::arange(2 * count, at::TensorOptions(at::kLong).device(views.device()));
    const at::Tensor itself = place.unsqueeze(0).eq(place.unsqueeze(1));
    const at::Tensor others = likeness.masked_fill(itself, -std::numeric_limits<double>::infinity());
    return {at::cross_entropy_loss(others, (place + count).remainder(2 * count)), weight_of(2 * count, views)};
  }
};

const Registered<Loss, NtXent> nt_xent_entry{"nt_xent",
                                             "Of all views in a batch, a sample's other view is the most like it."};

}  // namespace
}  // namespace dlrun
