// Calibration error against torchmetrics'.

#include "metrics/cases.h"

namespace dlrun::calibration_error_test {
namespace {

TEST_CASE("calibration_error equals torchmetrics' with every norm") {
  each_case(
      "calibration_error", [](const at::Tensor& scores, const at::Tensor& classes, const nlohmann::json& expected) {
        for (const char* norm : {"l1", "l2", "max"})
          for (const char* bins : {"15", "4"}) {
            INFO(norm << " " << bins);
            const std::string yaml = std::string("{type: calibration_error, norm: ") + norm + ", bins: " + bins + "}";
            const double theirs = expected[std::string(norm) + "_" + bins].get<double>();
            CHECK(value_of(yaml, scores, classes) == Approx(theirs).margin(1e-6));  // they count in float
          }
      });
}

TEST_CASE("calibration_error of full confidence is the share of wrong answers") {
  const at::Tensor scores = at::tensor(std::vector<double>{99, 0, 99, 0, 99, 0, 99, 0}).reshape({4, 2});
  const at::Tensor classes = at::tensor(std::vector<int64_t>{0, 0, 0, 1});
  CHECK(value_of("calibration_error", scores, classes) == Approx(0.25));
}

}  // namespace
}  // namespace dlrun::calibration_error_test
