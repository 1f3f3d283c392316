// Intersection over union against scikit-learn's jaccard_score.

#include "golden.h"
#include "metrics/support.h"

namespace dlrun::iou_test {
namespace {

TEST_CASE("iou equals scikit-learn's over all pixels of a split, class by class and in the mean") {
  const nlohmann::json golden = read_golden("metrics/iou");
  for (const auto& [name, one] : golden.items()) {
    INFO(name);
    const at::Tensor scores = golden_tensor(one["scores"]).reshape({3, 5, 7, -1});
    const at::Tensor target = at::tensor(one["target"].get<std::vector<int64_t>>()).reshape({3, 5, 7});
    const MetricHolder holder("iou");
    std::vector<std::string> classes;
    for (size_t c = 0; c < one["each"].size(); ++c) classes.push_back("class " + std::to_string(c));
    holder.metric->know_classes(classes);
    std::vector<at::Tensor> joined;
    for (const auto& [first, count] : {std::pair<int64_t, int64_t>{0, 1}, {1, 2}})
      join(Metric::Merge::add, joined,
           holder.metric->measure({{"output", scores.narrow(0, first, count)}},
                                  {{"target", target.narrow(0, first, count)}}));
    const Results results = holder.metric->values(joined);
    REQUIRE(results.size() == classes.size() + 1);
    REQUIRE(results.size() == holder.metric->names().size());
    CHECK(results[0].first == "iou");
    CHECK(results[0].second == Approx(one["mean"].get<double>()).epsilon(1e-12));
    for (size_t c = 0; c < classes.size(); ++c) {
      CHECK(results[c + 1].first == "iou_" + classes[c]);
      if (one["each"][c].is_null())
        CHECK(std::isnan(results[c + 1].second));
      else
        CHECK(results[c + 1].second == Approx(one["each"][c].get<double>()).epsilon(1e-12));
    }
  }
}

TEST_CASE("iou is the same for a split however it is cut, and no number where nothing counts") {
  const at::Tensor target = at::arange(24, at::kLong).remainder(3).reshape({4, 2, 3});
  CHECK(value_of("iou", at::one_hot(target, 3).to(at::kFloat), target) == 1.0);
  CHECK(std::isnan(value_of("iou", at::rand({4, 2, 3, 3}), at::full({4, 2, 3}, -100, at::kLong))));
}

TEST_CASE("iou suits classes of pixels, and nothing that has other targets") {
  const MetricHolder holder("iou");
  const auto misfit = [&](const at::Tensor& output, const at::Tensor& target) {
    return holder.metric->misfit({{"output", output}}, {{"target", target}});
  };
  CHECK(misfit(at::rand({2, 3, 4, 5}), at::zeros({2, 3, 4}, at::kLong)).empty());
  CHECK_FALSE(misfit(at::rand({2, 5, 3, 4}), at::zeros({2, 3, 4}, at::kLong)).empty());
  CHECK_FALSE(misfit(at::rand({2, 1}), at::rand({2, 1})).empty());
}

}  // namespace
}  // namespace dlrun::iou_test
