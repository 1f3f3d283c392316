// Entity F1 against seqeval's.

#include "golden.h"
#include "metrics/support.h"

namespace dlrun::entity_f1_test {
namespace {

// Scores whose largest is the given tag, and targets padded with -100.
Batch answer_of_tags(const std::vector<std::vector<int64_t>>& sequences, int64_t tags, int64_t longest) {
  at::Tensor scores = at::zeros({static_cast<int64_t>(sequences.size()), longest, tags});
  for (size_t i = 0; i < sequences.size(); ++i)
    for (size_t t = 0; t < sequences[i].size(); ++t) scores[i][t][sequences[i][t]] = 1;
  return {{"output", scores}};
}

Batch truth_of_tags(const std::vector<std::vector<int64_t>>& sequences, int64_t longest) {
  at::Tensor target = at::full({static_cast<int64_t>(sequences.size()), longest}, -100, at::kLong);
  for (size_t i = 0; i < sequences.size(); ++i)
    for (size_t t = 0; t < sequences[i].size(); ++t) target[i][t] = sequences[i][t];
  return {{"target", target}};
}

TEST_CASE("entity_f1 equals seqeval's, for whole splits and joined parts") {
  const nlohmann::json golden = read_golden("metrics/entity_f1");
  for (const auto& [name, one] : golden.items()) {
    INFO(name);
    const auto tags = one["tags"].get<std::vector<std::string>>();
    const auto given = one["given"].get<std::vector<std::vector<int64_t>>>();
    const auto wanted = one["true"].get<std::vector<std::vector<int64_t>>>();
    const MetricHolder holder("entity_f1");
    holder.metric->know_classes(tags);
    const auto part = [&](size_t first, size_t end, int64_t longest) {
      const auto cut = [&](const auto& all) {
        return std::vector<std::vector<int64_t>>(all.begin() + static_cast<int64_t>(first),
                                                 all.begin() + static_cast<int64_t>(end));
      };
      const int64_t kinds = static_cast<int64_t>(tags.size());
      return holder.metric->measure(answer_of_tags(cut(given), kinds, longest), truth_of_tags(cut(wanted), longest));
    };
    std::vector<at::Tensor> joined;
    join(Metric::Merge::add, joined, part(0, 7, 11));
    join(Metric::Merge::add, joined, part(7, given.size(), 14));
    const Results results = holder.metric->values(joined);
    CHECK(results == holder.metric->values(part(0, given.size(), 12)));
    CHECK(results.at(0).second == Approx(one["f1"].get<double>()).epsilon(1e-12));
    CHECK(results.at(1).second == Approx(one["precision"].get<double>()).epsilon(1e-12));
    CHECK(results.at(2).second == Approx(one["recall"].get<double>()).epsilon(1e-12));
    CHECK(holder.metric->names() == std::vector<std::string>{"entity_f1", "entity_precision", "entity_recall"});
  }
}

}  // namespace
}  // namespace dlrun::entity_f1_test
