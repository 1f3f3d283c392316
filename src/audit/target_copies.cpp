// Columns that give the target away: one of them alone says what the network is to find out.
//
// A rule on a single column (Holte 1993, "1R"), learned from every second training row and measured on the others: the
// most frequent class, or the mean target, of each category, or of the nearest number.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>

#include "audit/checks.h"
#include "audit/table_values.h"
#include "base/units.h"
#include "data/own_targets.h"

namespace dlrun {
namespace {

constexpr double limit = 0.99;       // of accuracy, or of the explained variance
constexpr double error_share = 0.1;  // accuracy must also avoid nine in ten of the errors of always one class
constexpr size_t fewest_compared = 20;

// A category for each row: its text, or the place of the number nearest to it among those of every second row, which
// the rule is learned from; missing is a category too.
std::vector<int64_t> categories_of(const ColumnValues& column) {
  std::vector<int64_t> categories(column.texts.size(), -1);
  if (!column.numeric) {
    std::unordered_map<std::string_view, int64_t> numbers;
    for (size_t i = 0; i < categories.size(); ++i)
      categories[i] = numbers.emplace(column.texts[i], static_cast<int64_t>(numbers.size())).first->second;
    return categories;
  }
  std::vector<double> known;
  for (size_t i = 0; i < categories.size(); i += 2)
    if (!column.missing(i)) known.push_back(column.numbers[i]);
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  for (size_t i = 0; i < categories.size() && !known.empty(); ++i) {
    if (column.missing(i)) continue;
    auto place = std::lower_bound(known.begin(), known.end(), column.numbers[i]);
    if (place == known.end() ||
        (place != known.begin() && column.numbers[i] - *(place - 1) < *place - column.numbers[i]))
      --place;
    categories[i] = place - known.begin();
  }
  return categories;
}

struct Score {
  double value = 0.0, baseline = 0.0;  // accuracy and that of the most frequent class; explained variance and 0
};

Score score_classes(const std::vector<int64_t>& categories, const std::vector<int64_t>& classes) {
  std::map<int64_t, std::map<int64_t, int64_t>> counts;
  std::map<int64_t, int64_t> totals;
  for (size_t i = 0; i < classes.size(); i += 2) {
    ++counts[categories[i]][classes[i]];
    ++totals[classes[i]];
  }
  const auto most = [](const std::map<int64_t, int64_t>& of) {
    return std::max_element(of.begin(), of.end(), [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  };
  const int64_t usual = most(totals);
  std::map<int64_t, int64_t> answers;
  for (const auto& [category, of] : counts) answers[category] = most(of);
  double right = 0.0, usual_right = 0.0, rows = 0.0;
  for (size_t i = 1; i < classes.size(); i += 2, ++rows) {
    const auto answer = answers.find(categories[i]);
    right += (answer == answers.end() ? usual : answer->second) == classes[i];
    usual_right += usual == classes[i];
  }
  return {right / rows, usual_right / rows};
}

Score score_numbers(const std::vector<int64_t>& categories, const std::vector<double>& targets) {
  std::unordered_map<int64_t, std::pair<double, double>> sums;
  double mean = 0.0, count = 0.0;
  for (size_t i = 0; i < targets.size(); i += 2, ++count) {
    auto& [sum, rows] = sums[categories[i]];
    sum += targets[i];
    ++rows;
    mean += targets[i];
  }
  mean /= count;
  double left = 0.0, all = 0.0;
  for (size_t i = 1; i < targets.size(); i += 2) {
    const auto found = sums.find(categories[i]);
    const double answer = found == sums.end() ? mean : found->second.first / found->second.second;
    left += (targets[i] - answer) * (targets[i] - answer);
    all += (targets[i] - mean) * (targets[i] - mean);
  }
  return {all > 0.0 ? 1.0 - left / all : 0.0, 0.0};
}

// What kind of copy a column of numbers is.
std::string relation(const ColumnValues& column, const std::vector<double>& targets) {
  if (!column.numeric) return "its categories say nearly all of the target";
  std::vector<size_t> order;
  double count = 0.0, x_mean = 0.0, y_mean = 0.0;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (column.missing(i)) continue;
    order.push_back(i);
    x_mean += column.numbers[i];
    y_mean += targets[i];
    ++count;
  }
  x_mean /= count, y_mean /= count;
  double xx = 0.0, yy = 0.0, xy = 0.0;
  bool equal = true;
  for (const size_t i : order) {
    const double x = column.numbers[i] - x_mean, y = targets[i] - y_mean;
    xx += x * x, yy += y * y, xy += x * y;
    equal = equal && column.numbers[i] == targets[i];
  }
  if (equal) return "it equals the target";
  const double slope = xy / xx;
  if (xy * xy >= (1.0 - 1e-9) * xx * yy)
    return fmt::format("the target is {:.6g} times it plus {:.6g}", slope, y_mean - slope * x_mean);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return column.numbers[a] < column.numbers[b]; });
  bool rises = true, falls = true;
  for (size_t i = 1; i < order.size(); ++i) {
    if (column.numbers[order[i - 1]] == column.numbers[order[i]]) continue;
    rises = rises && targets[order[i - 1]] <= targets[order[i]];
    falls = falls && targets[order[i - 1]] >= targets[order[i]];
  }
  return rises ? "the target rises with it" : falls ? "the target falls with it" : "it says nearly all of the target";
}

// Whether every value goes with one class, and every class with one value.
bool one_to_one(const ColumnValues& column, const std::vector<int64_t>& classes) {
  std::map<std::string_view, std::set<int64_t>> forward;
  std::map<int64_t, std::set<std::string_view>> backward;
  for (size_t i = 0; i < classes.size(); ++i) {
    forward[column.texts[i]].insert(classes[i]);
    backward[classes[i]].insert(column.texts[i]);
  }
  const auto single = [](const auto& entry) { return entry.second.size() == 1; };
  return std::ranges::all_of(forward, single) && std::ranges::all_of(backward, single);
}

void report(const std::string& column, const std::string& target, const Score& score, const std::string& how,
            bool classes, int64_t rows, DataFindings& findings) {
  DataFinding finding{"target_copy", Gravity::warning};
  finding.what = classes ? fmt::format("column '{}' alone predicts {:.2f} % of the classes of '{}': {}", column,
                                       100 * score.value, target, how)
                         : fmt::format("column '{}' alone explains {:.2f} % of the variance of '{}': {}", column,
                                       100 * score.value, target, how);
  finding.advice = "If it is known only once the target is, leave it out: data.drop: [" + column + "].";
  finding.count = finding.of = rows;
  finding.numbers = {{"column", column}, {"target", target}, {"score", score.value}, {"baseline", score.baseline}};
  findings.push_back(std::move(finding));
}

// Whether a target is a class among targets that have a field each.
bool own_class(const AuditInput& input, const std::string& target) {
  const FieldInfo* field = input.splits.info.find(target_field(target));
  return field && field->means == FieldInfo::Means::classes;
}

// The rows of a column where the target is known; another one says nothing.
ColumnValues where_known(const ColumnValues& column, const ColumnValues& target) {
  ColumnValues known;
  known.numeric = column.numeric;
  for (size_t i = 0; i < column.texts.size(); ++i) {
    if (target.missing(i)) continue;
    known.texts.push_back(column.texts[i]);
    if (column.numeric) known.numbers.push_back(column.numbers[i]);
  }
  return known;
}

}  // namespace

void check_target_copies(const AuditInput& input, DataFindings& findings) {
  const SourceRows* rows = input.splits.train->rows_written();
  if (!rows || rows->rows.size() < fewest_compared) return;
  const std::vector<int64_t> only_classes = classes_of(input, *input.splits.train);
  const std::vector<std::string>& names = rows->table->names();
  for (const int64_t target_place : rows->targets) {
    const std::string& target = names[static_cast<size_t>(target_place)];
    const bool numbers = only_classes.empty() && !own_class(input, target);
    const ColumnValues written = column_values(*rows, target_place, numbers);
    const auto seen = [&](const ColumnValues& column) {
      return only_classes.empty() ? where_known(column, written) : column;
    };
    const ColumnValues targets = seen(written);
    if (targets.texts.size() < fewest_compared) continue;
    const std::vector<int64_t> classes = numbers                ? std::vector<int64_t>()
                                         : only_classes.empty() ? categories_of(targets)
                                                                : only_classes;
    for (const SourceColumn& input_column : rows->inputs) {
      const ColumnValues column = seen(column_values(*rows, input_column.place, input_column.numeric));
      const std::vector<int64_t> categories = categories_of(column);
      const std::string& name = names[static_cast<size_t>(input_column.place)];
      const int64_t count = std::ssize(targets.texts);
      if (!classes.empty()) {
        const Score score = score_classes(categories, classes);
        if (score.value < limit || 1.0 - score.value > error_share * (1.0 - score.baseline)) continue;
        report(name, target, score,
               one_to_one(column, classes) ? "each of its values stands for one class" : "a rule on it suffices", true,
               count, findings);
      } else {
        const Score score = score_numbers(categories, targets.numbers);
        if (score.value >= limit)
          report(name, target, score, relation(column, targets.numbers), false, count, findings);
      }
    }
  }
}

}  // namespace dlrun
