// Stochastic gradient descent with momentum. (torch.optim.SGD)

#include <ATen/ATen.h>

#include "optim/heavy_ball.h"
#include "optim/optimizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Sgd final : Optimizer {
  HeavyBall ball;

  Sgd() : Optimizer(0.01) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(coupled_decay);
    ball.add_fields(fields);
    return fields;
  }

  std::vector<Relation> relations() const override { return {HeavyBall::relation()}; }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override { return ball.keeps(sizes); }

  bool reads_rate() const override { return true; }
  void update(const Update& update) const override { ball.step(update, update.weight_decay); }
};

const Registered<Optimizer, Sgd> sgd_entry{"sgd", "Stochastic gradient descent with momentum."};

}  // namespace
}  // namespace dlrun
