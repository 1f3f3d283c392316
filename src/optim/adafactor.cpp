// Adafactor: mean squares of gradients kept for rows and columns, not for each weight. (Shazeer & Stern 2018;
// torch.optim.Adafactor)

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "optim/optimizer.h"
#include "optim/whole_parameters.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Adafactor final : Optimizer, WholeParameters {
  double beta2_decay = -0.8;
  double epsilon1 = std::numeric_limits<float>::epsilon();
  double epsilon2 = 1e-3;
  double d = 1.0;

  Adafactor() : Optimizer(0.01) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(decoupled_decay);
    fields.push_back(
        field("beta2_decay", beta2_decay, "Mean squares take in updates to this power of a new square.", at_most(0)));
    fields.push_back(field("epsilon1", epsilon1, "Least root of a mean square.", more_than(0)));
    fields.push_back(
        field("epsilon2", epsilon2, "Least size of weights that the rate is multiplied by.", more_than(0)));
    fields.push_back(field(
        "d", d, "Largest root mean square of a step before the rate; above it the step is scaled down.", at_least(1)));
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    if (sizes.size() < 2) return like_parameter({"variance"}, sizes);
    std::vector<int64_t> row = sizes.vec(), column = sizes.vec();
    row[row.size() - 1] = 1;
    column[column.size() - 2] = 1;
    return {{"row_var", row}, {"col_var", column}};
  }

  void update(const Update& update) const override {
    const auto t = static_cast<double>(update.updates);
    const double fresh = std::pow(t, beta2_decay), rate = std::min(update.lr, 1 / std::sqrt(t));
    for (const Piece& piece : update.pieces) {
      const double root = std::sqrt(static_cast<double>(piece.parameter.numel()));
      const at::Tensor size = (at::linalg_vector_norm(piece.parameter) / root).clamp_min_(epsilon2);
      if (update.weight_decay != 0) piece.parameter.mul_(1 - update.lr * update.weight_decay);
      const at::Tensor step = mean_square(piece, fresh).clamp_min_(epsilon1 * epsilon1).rsqrt_().mul_(piece.gradient);
      const at::Tensor excess = (at::linalg_vector_norm(step) / (root * d)).clamp_min_(1.0);
      piece.parameter.sub_(step.mul_(size.mul_(rate).div_(excess)));
    }
  }

 private:
  // Takes in the gradient; gives the estimate for each of its numbers, as a tensor of its own.
  at::Tensor mean_square(const Piece& piece, double fresh) const {
    const at::Tensor& gradient = piece.gradient;
    if (gradient.dim() < 2) {
      piece.state["variance"].lerp_(gradient.square(), fresh);
      return piece.state["variance"].clone();
    }
    const at::Tensor &row = piece.state["row_var"], &column = piece.state["col_var"];
    row.lerp_(mean_over(gradient, -1), fresh);
    column.lerp_(mean_over(gradient, -2), fresh);
    return row.matmul(column).div_(row.mean({-2}, /*keepdim=*/true).clamp_min_(epsilon1));
  }

  // Of squares.
  static at::Tensor mean_over(const at::Tensor& gradient, int64_t dimension) {
    return at::linalg_vector_norm(gradient, 2, dimension, /*keepdim=*/true)
        .square_()
        .div_(static_cast<double>(gradient.size(dimension)));
  }
};

const Registered<Optimizer, Adafactor> adafactor_entry{"adafactor",
                                                       "Adam's kind of step with memory for rows and columns alone."};

}  // namespace
}  // namespace dlrun
