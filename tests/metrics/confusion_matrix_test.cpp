// The confusion matrix against scikit-learn's.

#include "metrics/cases.h"

namespace dlrun::confusion_matrix_test {
namespace {

TEST_CASE("confusion_matrix equals scikit-learn's, as counts and as shares") {
  each_case(
      "confusion_matrix", [](const at::Tensor& scores, const at::Tensor& classes, const nlohmann::json& expected) {
        for (const char* how : {"none", "true", "pred", "all"}) {
          INFO(how);
          const MetricHolder holder(std::string("{type: confusion_matrix, normalize: '") + how + "'}");
          holder.metric->know_classes({"red", "green"});
          std::vector<at::Tensor> joined;
          for (int64_t i = 0; i < scores.size(0); i += 10)
            join(Metric::Merge::add, joined,
                 holder.metric->measure({{"output", scores.narrow(0, i, 10)}}, {{"target", classes.narrow(0, i, 10)}}));
          const std::vector<ResultTable> tables = holder.metric->tables(joined);
          REQUIRE(tables.size() == 1);
          CHECK(tables[0].rows[1] == "green");
          CHECK(tables[0].columns.size() == static_cast<size_t>(scores.size(1)));
          REQUIRE(tables[0].cells.size() == expected[how].size());
          for (size_t i = 0; i < tables[0].cells.size(); ++i) check_number(tables[0].cells[i], expected[how][i]);
          CHECK(holder.metric->values(joined).empty());
        }
      });
}

}  // namespace
}  // namespace dlrun::confusion_matrix_test
