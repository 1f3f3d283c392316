// The wsd schedule against transformers'.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::wsd_test {
namespace {

TEST_CASE("wsd equals get_wsd_schedule after the warm-up") {
  const nlohmann::json golden = read_golden("optim/wsd");
  const auto check = [&](const std::string& keys, const nlohmann::json& expected) {
    INFO(keys);
    const std::vector<double> ours = test::rates("{type: wsd, warmup_steps: 10, " + keys + "}", 0.2, 60, {60, 10});
    for (size_t i = 10; i < ours.size(); ++i) CHECK(ours[i] == Approx(expected[i].get<double>()).epsilon(1e-7));
  };
  check("decay: 0.2", golden["cosine"]);
  check("decay_steps: 10", golden["cosine"]);
  check("decay: 0.5, decay_type: linear, min_lr_ratio: 0.1", golden["linear"]);
  check("decay_steps: 20, decay_type: 1-sqrt", golden["root"]);
}

}  // namespace
}  // namespace dlrun::wsd_test
