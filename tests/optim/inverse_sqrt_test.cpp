// The inverse_sqrt schedule against transformers'.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::inverse_sqrt_test {
namespace {

TEST_CASE("inverse_sqrt equals get_inverse_sqrt_schedule after the warm-up") {
  const nlohmann::json golden = read_golden("optim/inverse_sqrt");
  const auto check = [&](const std::string& yaml, int64_t rise, const nlohmann::json& expected) {
    INFO(yaml);
    const std::vector<double> ours = test::rates(yaml, 0.2, 40, {40, 10});
    for (size_t i = static_cast<size_t>(rise); i < ours.size(); ++i)
      CHECK(ours[i] == Approx(expected[i].get<double>()).epsilon(1e-7));
  };
  check("{type: inverse_sqrt, warmup_steps: 8}", 8, golden["warmup"]);
  check("{type: inverse_sqrt, warmup_epochs: 0.8}", 8, golden["warmup"]);
  check("{type: inverse_sqrt, warmup_steps: 8, timescale: 20}", 8, golden["timescale"]);
  check("inverse_sqrt", 0, golden["none"]);
}

}  // namespace
}  // namespace dlrun::inverse_sqrt_test
