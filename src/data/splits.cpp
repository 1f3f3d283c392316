// Which rows of one file become the validation or the test split.

#include "data/splits.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"

namespace dlrun {
namespace {

[[noreturn]] void refuse(const SplitSource& source, const std::string& message) {
  throw UserError(ExitCode::bad_recipe, source.name + message);
}

// Positions in `left`, shuffled, one list per class; a single list without `stratify`.
std::vector<std::vector<int64_t>> shuffled_groups(const SplitRule& rule, const SplitSource& source,
                                                  const std::vector<int64_t>& left) {
  if (rule.stratify && source.labels.empty()) refuse(source, ".stratify: needs classes as target");
  std::map<int64_t, std::vector<int64_t>> groups;
  for (size_t i = 0; i < left.size(); ++i)
    groups[rule.stratify ? source.labels[static_cast<size_t>(left[i])] : 0].push_back(static_cast<int64_t>(i));
  const uint64_t seed = rule.seed ? static_cast<uint64_t>(*rule.seed) : source.seed;
  std::vector<std::vector<int64_t>> shuffled;
  for (const auto& [label, members] : groups) {
    // Epochs count up from 0; splits use the numbers at the other end.
    const uint64_t stream = 0xFFFFFFFFu - static_cast<uint64_t>(shuffled.size());
    std::vector<int64_t> order = permutation(static_cast<int64_t>(members.size()), seed, stream);
    for (int64_t& position : order) position = members[static_cast<size_t>(position)];
    shuffled.push_back(std::move(order));
  }
  return shuffled;
}

// Shares of `total` in proportion to the group sizes, by largest remainder.
std::vector<int64_t> quotas(const std::vector<std::vector<int64_t>>& groups, double fraction, int64_t total) {
  std::vector<int64_t> shares;
  std::vector<std::pair<double, size_t>> remainders;
  int64_t given = 0;
  for (size_t g = 0; g < groups.size(); ++g) {
    double exact = fraction * static_cast<double>(groups[g].size());
    shares.push_back(static_cast<int64_t>(exact));
    remainders.emplace_back(static_cast<double>(shares.back()) - exact, g);
    given += shares.back();
  }
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < remainders.size() && given < total; ++i, ++given) ++shares[remainders[i].second];
  return shares;
}

// Rows of `left` that are the same, by a number for each of them.
class Sameness {
 public:
  Sameness(const SplitSource& source, const std::vector<int64_t>& left) {
    for (const int64_t row : source.same.empty() ? std::vector<int64_t>{} : left)
      number_.push_back(source.same[static_cast<size_t>(row)]);
    for (const int64_t number : number_) ++members_[number].count;
    for (size_t i = 0; i < number_.size(); ++i)
      if (Members& members = members_[number_[i]]; members.count > 1)
        members.positions.push_back(static_cast<int64_t>(i));
  }
  // All positions that are the same as this one, ascending, itself too.
  std::vector<int64_t> of(int64_t position) const {
    if (number_.empty()) return {position};
    const Members& members = members_.at(number_[static_cast<size_t>(position)]);
    return members.count == 1 ? std::vector<int64_t>{position} : members.positions;
  }

 private:
  struct Members {
    int64_t count = 0;
    std::vector<int64_t> positions;  // where there are several
  };
  std::vector<int64_t> number_;
  std::unordered_map<int64_t, Members> members_;
};

// What is known about classes while rows are taken: no class loses its last row.
class Classes {
 public:
  Classes(const SplitSource& source, const std::vector<int64_t>& left) : source_(source), left_(left) {
    if (source_.labels.empty()) return;
    for (size_t i = 0; i < left.size(); ++i) ++remaining_[label(static_cast<int64_t>(i))];
  }
  bool may_take(const std::vector<int64_t>& positions) const {
    std::map<int64_t, int64_t> taken;
    if (!remaining_.empty())
      for (int64_t position : positions) ++taken[label(position)];
    return std::all_of(taken.begin(), taken.end(),
                       [&](const auto& item) { return item.first < 0 || remaining_.at(item.first) > item.second; });
  }
  void take(const std::vector<int64_t>& positions) {
    if (!remaining_.empty())
      for (int64_t position : positions) --remaining_[label(position)];
  }

 private:
  int64_t label(int64_t position) const {
    return source_.labels[static_cast<size_t>(left_[static_cast<size_t>(position)])];
  }
  const SplitSource& source_;
  const std::vector<int64_t>& left_;
  std::map<int64_t, int64_t> remaining_;
};

void take_fraction(const SplitRule& rule, const SplitSource& source, const std::vector<int64_t>& left,
                   std::vector<bool>& taken) {
  const auto groups = shuffled_groups(rule, source, left);
  const Sameness sameness(source, left);
  Classes classes(source, left);
  const int64_t total = std::llround(*rule.split * static_cast<double>(left.size()));
  const std::vector<int64_t> shares = quotas(groups, *rule.split, total);
  for (size_t g = 0; g < groups.size(); ++g) {
    int64_t count = 0;
    for (const int64_t position : groups[g]) count += taken[static_cast<size_t>(position)];
    for (const int64_t position : groups[g]) {
      if (count >= shares[g]) break;
      if (taken[static_cast<size_t>(position)]) continue;
      const std::vector<int64_t> together = sameness.of(position);
      const int64_t size = static_cast<int64_t>(together.size());
      // Only what brings the count nearer to the share.
      if (count + size - shares[g] > shares[g] - count || !classes.may_take(together)) continue;
      classes.take(together);
      for (const int64_t other : together) taken[static_cast<size_t>(other)] = true;
      count += size;
    }
  }
}

void take_fold(const SplitRule& rule, const SplitSource& source, const std::vector<int64_t>& left,
               std::vector<bool>& taken) {
  // Goes on from class to class with the fold that has the fewest rows, so that without rows that are the same folds
  // differ in size by one at most.
  const Sameness sameness(source, left);
  const Classes classes(source, left);
  std::vector<int64_t> sizes(static_cast<size_t>(*rule.folds), 0);
  std::vector<bool> dealt(left.size(), false);
  for (const auto& group : shuffled_groups(rule, source, left))
    for (const int64_t position : group) {
      if (dealt[static_cast<size_t>(position)]) continue;
      const std::vector<int64_t> together = sameness.of(position);
      const auto smallest = std::min_element(sizes.begin(), sizes.end());
      const bool mine = smallest - sizes.begin() == rule.fold && classes.may_take(together);
      *smallest += static_cast<int64_t>(together.size());
      for (const int64_t other : together) {
        dealt[static_cast<size_t>(other)] = true;
        taken[static_cast<size_t>(other)] = mine;
      }
    }
}

void take_range(const SplitRule& rule, const SplitSource& source, const std::vector<int64_t>& left,
                std::vector<bool>& taken) {
  auto absolute = [&](int64_t row) { return row < 0 ? row + source.file_rows : row; };
  const int64_t first = absolute(rule.rows[0]);
  const int64_t end = rule.rows.size() > 1 ? absolute(rule.rows[1]) : source.file_rows;
  if (first < 0 || end > source.file_rows || first >= end)
    refuse(source, ".rows: rows " + std::to_string(first) + " to " + std::to_string(end) + " (excluded) of a file of " +
                       std::to_string(source.file_rows) + " rows do not exist");
  for (size_t i = 0; i < left.size(); ++i) taken[i] = left[i] >= first && left[i] < end;
}

}  // namespace

bool draws(const SplitRule& rule) { return rule.split || rule.folds; }

std::vector<Field> SplitRule::fields() {
  return {
      field("split", split,
            "Share of the rows to take, at random; rows that are the same stay together, and the last row of a class "
            "is left.",
            more_than(0), less_than(1)),
      field("stratify", stratify, "With split or folds: the same share of every class."),
      field("folds", folds, "Number of equal parts the rows are dealt into at random; one of them is taken.",
            at_least(2)),
      field("fold", fold, "Which of the folds is taken, from 0.", at_least(0)),
      field("rows", rows,
            "First row and end row (not included) of the file, from 0; without an end to the last row; negative rows "
            "count from the end."),
      field("every", every, "Every n-th row of the file is taken.", at_least(2)),
      field("offset", offset, "With every: the first row taken.", at_least(0)),
      field("seed", seed, "Seed of a random split; the run's own where left open.", at_least(0)),
  };
}

std::vector<Relation> SplitRule::relations() const {
  const std::string given = "count(" + join(ways(), ", ") + ")";
  return {
      {"", given + " > 0", "say how: " + join_or(ways())},
      {"", given + " < 2", "give only one way of splitting"},
      {"fold", "not given(folds) or fold < folds", "must be below folds"},
      {"offset", "not given(every) or offset < every", "must be below every"},
      {"rows", "length(rows) <= 2", "expected a first and an end row"},
      {"stratify", "not stratify or count(split, folds) > 0", "works only with split or folds"},
  };
}

std::vector<Field> FileSplitRule::fields() {
  std::vector<Field> all = SplitRule::fields();
  all.push_back(field("path", path, "A file or folder of its own for this split.", is_path()));
  return all;
}

std::vector<Field> TableSplitRule::fields() {
  std::vector<Field> all = FileSplitRule::fields();
  all.push_back(field("column", column, "Column that says which split a row belongs to; it is no input."));
  all.push_back(field("value", value, "Rows with this value in the column are taken."));
  return all;
}

std::vector<std::string> FileSplitRule::ways() const {
  std::vector<std::string> all = SplitRule::ways();
  all.push_back("path");
  return all;
}

std::vector<std::string> TableSplitRule::ways() const {
  std::vector<std::string> all = FileSplitRule::ways();
  all.push_back("column");
  return all;
}

std::vector<Relation> TableSplitRule::relations() const {
  std::vector<Relation> all = FileSplitRule::relations();
  all.push_back({"value", "given(column) == given(value)", "column and value belong together"});
  return all;
}

std::vector<int64_t> take_rows(const SplitRule& rule, const SplitSource& source, std::vector<int64_t>& left) {
  std::vector<bool> taken(left.size(), false);
  if (rule.split) take_fraction(rule, source, left, taken);
  if (rule.folds) take_fold(rule, source, left, taken);
  if (!rule.rows.empty()) take_range(rule, source, left, taken);
  if (rule.every)
    for (size_t i = 0; i < left.size(); ++i) taken[i] = left[i] % *rule.every == rule.offset;
  std::vector<int64_t> rows, rest;
  for (size_t i = 0; i < left.size(); ++i) (taken[i] ? rows : rest).push_back(left[i]);
  if (rows.empty()) refuse(source, ": takes none of the " + std::to_string(left.size()) + " rows");
  if (rest.empty()) refuse(source, ": takes all " + std::to_string(left.size()) + " rows, none is left to train on");
  left = std::move(rest);
  return rows;
}

}  // namespace dlrun
