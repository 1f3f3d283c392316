// Mean absolute error: large errors count no more than their size. (torch.nn.L1Loss)

#include <ATen/ATen.h>

#include "losses/loss.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct MeanAbsoluteError final : TermLoss {
  std::vector<Field> fields() override { return {}; }

  // prediction and target of one shape, float -> units of the target; at an error of 0 there is no slope.
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override {
    expect_numbers("mae", prediction, target);
    return {(prediction - target).abs()};
  }
};

const Registered<Loss, MeanAbsoluteError> mae_entry{"mae", "Mean absolute error."};

}  // namespace
}  // namespace dlrun
