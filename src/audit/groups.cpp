// Leakage by what a row belongs to and by when it happened, where the recipe names the column.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <regex>
#include <set>

#include "audit/checks.h"
#include "audit/samples.h"
#include "audit/table_values.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"

namespace dlrun {
namespace {

int64_t find_column(const Split& split, const std::string& key, const std::string& name) {
  const SourceRows* written = split.rows_written();
  if (!written) throw UserError(ExitCode::bad_recipe, "data_check." + key + ": only tables have columns");
  const int64_t place = written->table->find(name);
  if (place < 0) {
    const std::string near = nearest(name, written->table->names());
    throw UserError(ExitCode::bad_recipe, "data_check." + key + ": " + written->table->path() + " has no column '" +
                                              name + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  return place;
}

using Groups = std::map<std::string, std::vector<int64_t>>;  // samples by group

void add_column(const Split& split, const std::string& column, Groups& groups) {
  const SourceRows* written = split.rows_written();
  const int64_t place = find_column(split, "group_column", column);
  for (int64_t i = 0; i < split.size(); ++i)
    if (const std::string_view cell = written->cell(i, place); !written->missing.contains(cell))
      groups[std::string(cell)].push_back(i);
}

void add_pattern(const Split& split, const std::string& pattern, Groups& groups) {
  const std::regex expression(pattern);
  std::smatch match;
  for (int64_t i = 0; i < split.size(); ++i) {
    const std::string name = split.describe(i);
    if (std::regex_search(name, match, expression) && match[1].matched) groups[match[1].str()].push_back(i);
  }
  if (groups.empty())
    throw UserError(ExitCode::bad_recipe,
                    "data_check.group_pattern: matches no sample's name, such as '" + split.describe(0) + "'");
}

void compare(const AuditInput& input, const SplitPair& pair, const Groups& mine, const Groups& theirs,
             DataFindings& findings) {
  DataFinding finding{"group_leakage", Gravity::error};
  int64_t shared = 0;
  for (const auto& [group, samples] : mine) {
    const auto twin = theirs.find(group);
    if (twin == theirs.end()) continue;
    ++shared;
    finding.count += static_cast<int64_t>(samples.size());
    if (finding.examples.size() < most_examples)
      finding.examples.push_back({{sample_ref(input, pair.held_out, *pair.held_out_split, samples.front()),
                                   sample_ref(input, pair.other, *pair.other_split, twin->second.front())},
                                  "group " + group});
  }
  if (shared == 0) return;
  finding.of = pair.held_out_split->size();
  finding.what = fmt::format("{} of {} groups of {} are also in {}; {} of {} {} samples belong to them",
                             count_text(shared), count_text(static_cast<int64_t>(mine.size())), pair.held_out,
                             pair.other, count_text(finding.count), count_text(finding.of), pair.held_out);
  finding.advice = "Split by group: put all samples of one into one split (data.test: {column: ..., value: ...}).";
  finding.numbers = {{"split", pair.held_out}, {"also_in", pair.other}, {"groups", shared}};
  findings.push_back(std::move(finding));
}

// Numbers as they are; dates and times of ISO 8601 as seconds. Without an offset they are taken for UTC.
struct Times {
  std::vector<double> numbers;
  std::vector<std::string_view> texts;
  std::vector<bool> known;
};

const std::regex& iso_date() {
  static const std::regex expression(R"(\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)");
  return expression;
}

// `cell` matches iso_date(); NaN where there is no such day.
double seconds_of(std::string_view cell) {
  const auto number = [&](size_t at, size_t length) {
    return at + length <= cell.size() ? std::stoi(std::string(cell.substr(at, length))) : 0;
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(cell.size() > 7 ? static_cast<unsigned>(number(8, 2)) : 1)};
  if (!day.ok()) return std::numeric_limits<double>::quiet_NaN();
  double seconds = 86400.0 * static_cast<double>(std::chrono::sys_days(day).time_since_epoch().count());
  if (cell.size() <= 10) return seconds;
  seconds += 3600.0 * number(11, 2) + 60.0 * number(14, 2);
  const size_t zone = cell.find_first_of("Z+-", 11);
  if (cell.size() > 16 && cell[16] == ':')
    seconds += std::stod(std::string(cell.substr(17, zone == cell.npos ? zone : zone - 17)));
  if (zone == cell.npos || cell[zone] == 'Z') return seconds;
  const double offset = 3600.0 * number(zone + 1, 2) + 60.0 * number(cell.size() - 2, 2);
  return cell[zone] == '+' ? seconds - offset : seconds + offset;
}

Times times_of(const Split& split, const std::string& column, bool numeric) {
  const int64_t place = find_column(split, "time_column", column);  // throws where there are no rows
  const SourceRows& written = *split.rows_written();
  const ColumnValues values = column_values(written, place, true);
  Times times{values.numbers, values.texts, {}};
  for (size_t i = 0; i < values.texts.size(); ++i) {
    const std::string_view cell = values.texts[i];
    times.known.push_back(!cell.empty());
    if (cell.empty()) continue;
    if (!numeric && std::regex_match(cell.begin(), cell.end(), iso_date())) times.numbers[i] = seconds_of(cell);
    if (std::isnan(times.numbers[i]))
      throw UserError(ExitCode::bad_recipe,
                      "data_check.time_column: " + written.table->full_place(written.rows[i]) + ": column '" + column +
                          "' holds '" + std::string(cell.substr(0, 60)) +
                          (numeric ? "' among numbers" : "'; expected numbers or ISO 8601 dates (2024-05-31)"));
  }
  return times;
}

bool all_numbers(const Split& split, const std::string& column) {
  const int64_t place = find_column(split, "time_column", column);
  const ColumnValues values = column_values(*split.rows_written(), place, true);
  for (size_t i = 0; i < values.texts.size(); ++i)
    if (!values.texts[i].empty()) return !std::isnan(values.numbers[i]);
  return false;
}

}  // namespace

void check_groups(const AuditInput& input, DataFindings& findings) {
  const DataCheckSettings& settings = input.settings;
  if (!settings.group_column && !settings.group_pattern) return;
  std::map<const Split*, Groups> groups;
  for (const auto& [name, split] : named_splits(input.splits)) {
    if (settings.group_column) add_column(*split, *settings.group_column, groups[split]);
    if (settings.group_pattern) add_pattern(*split, *settings.group_pattern, groups[split]);
  }
  for (const SplitPair& pair : split_pairs(input.splits))
    compare(input, pair, groups[pair.held_out_split], groups[pair.other_split], findings);
}

void check_times(const AuditInput& input, DataFindings& findings) {
  if (!input.settings.time_column) return;
  const std::string& column = *input.settings.time_column;
  const bool numeric = all_numbers(*input.splits.train, column);
  for (const SplitPair& pair : split_pairs(input.splits)) {
    const Times held_out = times_of(*pair.held_out_split, column, numeric),
                other = times_of(*pair.other_split, column, numeric);
    const auto before = [](const Times& a, size_t i, const Times& b, size_t j) { return a.numbers[i] < b.numbers[j]; };
    int64_t first = -1;
    for (size_t i = 0; i < held_out.known.size(); ++i)
      if (held_out.known[i] && (first < 0 || before(held_out, i, held_out, static_cast<size_t>(first))))
        first = static_cast<int64_t>(i);
    if (first < 0) continue;
    DataFinding finding{"time_leakage", Gravity::error};
    for (size_t j = 0; j < other.known.size(); ++j) {
      if (!other.known[j] || !before(held_out, static_cast<size_t>(first), other, j)) continue;
      ++finding.count;
      if (finding.examples.size() < most_examples)
        finding.examples.push_back(
            {{sample_ref(input, pair.other, *pair.other_split, static_cast<int64_t>(j)),
              sample_ref(input, pair.held_out, *pair.held_out_split, first)},
             fmt::format("{} is after {}", other.texts[j], held_out.texts[static_cast<size_t>(first)])});
    }
    if (finding.count == 0) continue;
    finding.of = pair.other_split->size();
    finding.what = fmt::format("{} of {} {} rows are later than the first of {} ({} {})", count_text(finding.count),
                               count_text(finding.of), pair.other, pair.held_out, column,
                               held_out.texts[static_cast<size_t>(first)]);
    finding.advice =
        "A model for the future must not learn from it: sort by time and cut off the end (data.test: {rows: [-n]}).";
    finding.numbers = {{"split", pair.other}, {"later_than", pair.held_out}};
    findings.push_back(std::move(finding));
  }
}

}  // namespace dlrun
