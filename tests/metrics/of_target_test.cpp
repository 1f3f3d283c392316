// A metric of one target among several: which rows it measures, what its numbers are called, and what it does not suit.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "data/components.h"
#include "metrics/of_target.h"

namespace dlrun::of_target_test {
namespace {

std::shared_ptr<OfTarget> of(const std::string& target, const nlohmann::json& metric) {
  return std::dynamic_pointer_cast<OfTarget>(
      test::component<Metric>("of_target", {{"target", target}, {"metric", metric}}));
}

const Batch answer{{"a.output", at::tensor({1.0, 2.0, 9.0}).unsqueeze(1)},
                   {"ab.output", at::tensor({7.0, 7.0, 7.0}).unsqueeze(1)}};
const Batch truth{{"target", at::zeros({3, 2})},
                  {"a.target", at::tensor({1.0, 4.0, 0.0}).unsqueeze(1)},
                  {"a.known", at::tensor({1, 1, 0}).to(at::kBool)},
                  {"ab.target", at::tensor({7.0, 7.0, 8.5}).unsqueeze(1)}};

}  // namespace

TEST_CASE("of_target measures its own target, in rows that have it") {
  const auto mae = of("a", {{"type", "mae"}});
  CHECK(mae->names() == std::vector<std::string>{"a.mae"});
  const Results of_known = mae->values(mae->measure(answer, truth));
  CHECK(of_known.front().first == "a.mae");
  CHECK(of_known.front().second == Approx(1.0));
  CHECK(of("ab", {{"type", "mae"}})->values(of("ab", {{"type", "mae"}})->measure(answer, truth)).front().second ==
        Approx(0.5));
  CHECK_FALSE(mae->higher_is_better("a.mae"));
  CHECK(of("a", {{"type", "r2"}})->higher_is_better("a.r2"));
}

TEST_CASE("of_target is as long as its metric: rows are kept, tables have the target's name") {
  CHECK(of("a", {{"type", "roc_auc"}})->merge() == Metric::Merge::append);
  const auto confusion = of("a", {{"type", "confusion_matrix"}});
  confusion->know_target({"no", "yes"}, Chances::softmax);
  const Batch scores{{"a.output", at::tensor({1.0, 0.0, 0.0, 1.0}).reshape({2, 2})}};
  const Batch classes{{"a.target", at::tensor({int64_t{0}, int64_t{0}})}};
  const std::vector<ResultTable> tables = confusion->tables(confusion->measure(scores, classes));
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].name == "a.confusion_matrix");
  CHECK(tables[0].cells == std::vector<double>{1, 1, 0, 0});
}

TEST_CASE("of_target says what it does not suit") {
  CHECK(of("a", {{"type", "mae"}})->misfit(answer, truth).empty());
  CHECK_FALSE(of("a", {{"type", "accuracy"}})->misfit(answer, truth).empty());
  const Batch single{{"output", at::zeros({3, 1})}};
  CHECK_THAT(of("a", {{"type", "mae"}})->misfit(single, truth), Catch::Contains("multi_target"));
  CHECK_THROWS_AS(of("c", {{"type", "mae"}})->misfit(answer, truth), NoSuchTensor);
}

}  // namespace dlrun::of_target_test
