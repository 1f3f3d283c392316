// Hinge loss against torch's multi_margin_loss.

#include "losses/support.h"

namespace dlrun::hinge_test {
namespace {

TEST_CASE("hinge and its gradient equal torch's") {
  const at::Tensor classes = at::tensor(std::vector<int64_t>{2, 0, 1, 3});
  check_loss("hinge", "plain", "hinge", {4, 4}, classes, 4);
  check_loss("hinge", "squared", "{type: hinge, squared: true, margin: 0.5}", {4, 4}, classes, 4);
  check_loss("hinge", "one_score", "hinge", {3, 1}, at::tensor(std::vector<int64_t>{1, 0, 1}), 3);
  check_differences("{type: hinge, squared: true}", wave({4, 4}, 0.8), classes);
}

TEST_CASE("hinge of padding is nothing, and two classes are one score") {
  const at::Tensor scores = wave({1, 3, 4}, 0.3);
  const Weighted all = LossHolder("hinge").of(scores, at::tensor(std::vector<int64_t>{2, -100, 1}).reshape({1, 3}));
  const Weighted some =
      LossHolder("hinge").of(at::stack({scores[0][0], scores[0][2]}), at::tensor(std::vector<int64_t>{2, 1}));
  CHECK(all.mean.item<double>() == Approx(some.mean.item<double>()));
  CHECK(all.weight.item<double>() == 2.0);
  CHECK(LossHolder("hinge").loss->outputs(2) == 1);
  CHECK(LossHolder("hinge").loss->outputs(3) == 3);
}

TEST_CASE("hinge refuses numbers") { check_refused("hinge", wave({4, 3}, 0), wave({4, 3}, 0), "loss: hinge"); }

}  // namespace
}  // namespace dlrun::hinge_test
