// NT-Xent against equation 1 of its paper, closed forms, and finite differences.

#include "losses/support.h"

namespace dlrun::nt_xent_test {
namespace {

Weighted nt_xent(const std::string& yaml, const at::Tensor& first, const at::Tensor& second) {
  return LossHolder(yaml).loss->forward({{"output", first}, {"second.output", second}}, {});
}

void check_paper(const std::string& name, const std::string& yaml, at::IntArrayRef shape) {
  INFO(name);
  const nlohmann::json golden = read_golden("losses/nt_xent")[name];
  at::Tensor first = wave(shape, 0.3).set_requires_grad(true), second = wave(shape, 1.1).set_requires_grad(true);
  const Weighted loss = nt_xent(yaml, first, second);
  loss.mean.backward();
  CHECK(loss.mean.item<double>() == Approx(golden["loss"].get<double>()).epsilon(1e-6));
  CHECK(loss.weight.item<double>() == 2.0 * static_cast<double>(shape[0]));
  CHECK((first.grad().to(at::kDouble).flatten() - golden_tensor(golden["first"])).abs().max().item<double>() < 1e-6);
  CHECK((second.grad().to(at::kDouble).flatten() - golden_tensor(golden["second"])).abs().max().item<double>() < 1e-6);
}

TEST_CASE("nt_xent and its gradient equal the formula of its paper") {
  check_paper("default", "nt_xent", {5, 3});
  check_paper("cold", "{type: nt_xent, temperature: 0.1}", {4, 6});
  check_paper("pair", "{type: nt_xent, temperature: 1}", {2, 2});
}

TEST_CASE("nt_xent is the same with its views exchanged, whatever their lengths") {
  const at::Tensor first = wave({6, 4}, 0.3), second = wave({6, 4}, 1.7);
  const double loss = nt_xent("nt_xent", first, second).mean.item<double>();
  CHECK(nt_xent("nt_xent", second, first).mean.item<double>() == Approx(loss).epsilon(1e-6));
  CHECK(nt_xent("nt_xent", first * 7, second * 0.1).mean.item<double>() == Approx(loss).epsilon(1e-6));
}

TEST_CASE("nt_xent of views that are all alike is the logarithm of how many others there are") {
  const at::Tensor alike = at::ones({4, 3});
  CHECK(nt_xent("nt_xent", alike, alike).mean.item<double>() == Approx(std::log(7.0)).epsilon(1e-6));
  CHECK(nt_xent("nt_xent", alike.narrow(0, 0, 1), alike.narrow(0, 0, 1)).mean.item<double>() == 0.0);
}

TEST_CASE("the gradient of nt_xent is its slope, in both views") {
  const at::Tensor start = wave({3, 4}, 0.8).to(at::kDouble), other = wave({3, 4}, 2.1).to(at::kDouble);
  for (const bool swapped : {false, true}) {
    const auto loss = [&](const at::Tensor& moving) {
      return swapped ? nt_xent("nt_xent", other, moving).mean : nt_xent("nt_xent", moving, other).mean;
    };
    at::Tensor views = start.clone().set_requires_grad(true);
    loss(views).backward();
    for (int64_t i = 0; i < start.numel(); ++i) {
      const auto moved = [&](double by) {
        at::Tensor flat = start.flatten().clone();
        flat[i] += by;
        return loss(flat.reshape(start.sizes())).item<double>();
      };
      const double slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
      CHECK(views.grad().flatten()[i].item<double>() == Approx(slope).margin(1e-8).epsilon(1e-5));
    }
  }
}

TEST_CASE("a view of zeros leaves nt_xent finite, value and gradient") {
  at::Tensor first = wave({3, 4}, 0.3);
  first[1].zero_();
  first.set_requires_grad(true);
  const Weighted loss = nt_xent("nt_xent", first, wave({3, 4}, 0.9));
  loss.mean.backward();
  CHECK(at::isfinite(loss.mean).item<bool>());
  CHECK(at::isfinite(first.grad()).all().item<bool>());
}

TEST_CASE("nt_xent refuses a single view, and views of different sizes") {
  check_refused("nt_xent", wave({4, 4}, 0), wave({4, 4}, 0), "loss: nt_xent compares two views of every sample");
  try {
    nt_xent("nt_xent", wave({4, 4}, 0), wave({4, 3}, 0));
    FAIL("accepted");
  } catch (const UserError& error) {
    CHECK(std::string(error.what()) == "loss: nt_xent compares two vectors of every sample, and got [4, 4] and [4, 3]");
  }
}

}  // namespace
}  // namespace dlrun::nt_xent_test
