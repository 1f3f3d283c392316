// Quantile loss, also called pinball: the network learns values below which given shares of the targets lie. (Koenker
// and Bassett 1978; sklearn.metrics.mean_pinball_loss)

#include <ATen/ATen.h>

#include <cmath>

#include "base/error.h"
#include "losses/gives_quantiles.h"
#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Quantile final : TermLoss, GivesQuantiles {
  double quantile = 0.5;
  std::vector<double> quantiles;

  std::vector<Field> fields() override {
    return {
        field("quantile", quantile, "The share of targets that lie below what is predicted; 0.5 is the median.",
              more_than(0), less_than(1)),
        field("quantiles", quantiles,
              "Several such shares at once, rising, in the place of quantile: the network gives a number for each. The "
              "one nearest to 0.5 is what is predicted, and all are told.",
              more_than(0), less_than(1)),
    };
  }
  std::vector<Relation> relations() const override {
    return {{"quantiles", "rising(quantiles)", "must rise from each to the next"}};
  }

  std::vector<double> shares() const override { return quantiles.empty() ? std::vector{quantile} : quantiles; }
  at::Tensor of_share(const at::Tensor& output, size_t index) const override {
    return output.chunk(static_cast<int64_t>(shares().size()), -1)[index];
  }

  int64_t numbers(int64_t targets) const override { return static_cast<int64_t>(shares().size()) * targets; }
  at::Tensor predicted(const at::Tensor& output) const override {
    const std::vector<double> all = shares();
    size_t middle = 0;
    for (size_t i = 1; i < all.size(); ++i)
      if (std::abs(all[i] - 0.5) < std::abs(all[middle] - 0.5)) middle = i;
    return of_share(output, middle);
  }

  // prediction [..., shares K] float, the K numbers of one share after those of another; target [..., K] float -> of
  // each share: share times what the target is above, 1 - share times what it is below.
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    const std::vector<double> all = shares();
    if (all.size() == 1) {
      expect_numbers("quantile", prediction, target);
    } else if (!target.is_floating_point() || prediction.size(-1) % static_cast<int64_t>(all.size()) != 0 ||
               prediction.numel() != target.numel() * static_cast<int64_t>(all.size())) {
      throw UserError(ExitCode::bad_recipe,
                      "loss.quantiles: quantile takes a number for each share, and this task's targets are others; the "
                      "task regression asks the network for them");
    }
    std::vector<at::Tensor> losses;
    for (size_t i = 0; i < all.size(); ++i) {
      const at::Tensor given = of_share(prediction, i);
      const at::Tensor above = target.reshape(given.sizes()) - given;
      losses.push_back(at::maximum(all[i] * above, (all[i] - 1) * above));
    }
    return {losses.size() == 1 ? losses.front() : at::cat(losses, -1)};
  }
};

const Registered<Loss, Quantile> quantile_entry{"quantile",
                                                "Pinball loss: teaches a quantile of the target, or several."};

}  // namespace
}  // namespace dlrun
