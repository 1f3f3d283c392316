// Learns an encoder from training rows: kinds of columns, categories, fill values, scales, classes.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "data/column_look.h"
#include "data/column_statistics.h"
#include "data/digits.h"
#include "data/formula.h"
#include "data/input_file.h"
#include "data/table_encoder.h"

namespace dlrun {
namespace {

using Column = TableEncoder::Column;

[[noreturn]] void bad_recipe(const std::string& message) { throw UserError(ExitCode::bad_recipe, message); }

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

std::vector<std::string> sort_classes(const std::set<std::string>& names) {
  std::vector<std::pair<int64_t, std::string>> numbers;
  for (const std::string& name : names) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{} || end != name.data() + name.size()) return {names.begin(), names.end()};
    numbers.emplace_back(number, name);
  }
  std::sort(numbers.begin(), numbers.end());
  std::vector<std::string> sorted;
  for (auto& [number, name] : numbers) sorted.push_back(name);
  return sorted;
}

class EncoderFit {
 public:
  EncoderFit(const CsvTable& table, std::span<const int64_t> rows, const EncoderOptions& options)
      : table_(table), options_(options), rows_(rows.begin(), rows.end()) {}

  TableEncoder run() {
    encoder_.missing_values_ = options_.missing_values;
    encoder_.unknown_category_ = options_.unknown_category;
    encoder_.strip_target_ = options_.strip_target;
    encoder_.missing_target_ = options_.missing_target;
    encoder_.own_fields_ = !options_.class_targets.empty() || options_.missing_target == "keep";
    encoder_.format_ = options_.format;
    choose_columns();
    drop_rows();
    for (size_t i = 0; i < encoder_.columns_.size(); ++i) {
      if (encoder_.columns_[i].formula)
        fit_formulas(encoder_.columns_[i], places_[i]);
      else if (categorical_[i])
        fit_categories(encoder_.columns_[i], places_[i]);
      else
        fit_numbers(encoder_.columns_[i], places_[i]);
    }
    if (options_.classification && !encoder_.own_fields_)
      encoder_.classes_ = fit_only_class();
    else
      fit_targets();
    return encoder_;
  }

 private:
  bool missing(std::string_view cell) const { return contains(options_.missing_values, cell); }

  int64_t place_of(const std::string& name, const char* key) const {
    const int64_t place = table_.find(name);
    if (place >= 0) return place;
    const std::string near = nearest(name, table_.names());
    bad_recipe("data." + std::string(key) + ": " + table_.path() + " has no column '" + name + "'" +
               (near.empty() ? "; it has " + std::to_string(table_.columns()) : "; did you mean '" + near + "'?"));
  }

  void add_target(int64_t place) {
    const std::string& name = table_.names()[static_cast<size_t>(place)];
    if (std::find(target_places_.begin(), target_places_.end(), place) != target_places_.end())
      bad_recipe("data.targets, data.class_targets: '" + name + "' is there twice");
    target_places_.push_back(place);
    encoder_.targets_.push_back({name});
  }

  bool is_number_target(int64_t place) const {
    const auto end = target_places_.begin() + std::ssize(options_.targets);
    return std::find(target_places_.begin(), end, place) != end;
  }

  std::set<int64_t> places_of(const std::vector<std::string>& names, const char* key) const {
    std::set<int64_t> places;
    for (const std::string& name : names) places.insert(place_of(name, key));
    return places;
  }

  void choose_columns() {
    for (const std::string& name : options_.targets) add_target(place_of(name, "target"));
    for (const std::string& name : options_.class_targets) add_target(place_of(name, "class_targets"));
    unscaled_ = places_of(options_.unscaled_targets, "unscaled_targets");
    for (const int64_t place : unscaled_)
      if (!is_number_target(place))
        bad_recipe("data.unscaled_targets: '" + table_.names()[static_cast<size_t>(place)] +
                   "' is none of the numbers to predict");
    const std::set<int64_t> dropped = places_of(options_.drop, "drop");
    const std::set<int64_t> categorical = places_of(options_.categorical, "categorical");
    const std::set<int64_t> numeric = places_of(options_.numeric, "numeric");
    const std::set<int64_t> dates = places_of(options_.dates, "dates");
    const std::set<int64_t> formulas = places_of(options_.formula, "formula");
    for (const auto* others : {&categorical, &numeric, &dates})
      for (const int64_t place : formulas)
        if (others->contains(place))
          bad_recipe("data.formula: '" + table_.names()[static_cast<size_t>(place)] +
                     "' is named as another kind of column too");
    std::vector<std::string> problems;
    for (int64_t place = 0; place < table_.columns(); ++place) {
      if (dropped.contains(place) ||
          std::find(target_places_.begin(), target_places_.end(), place) != target_places_.end())
        continue;
      ColumnLook look;
      if (dates.contains(place)) {
        look = look_at_date_column(place);
      } else if (numeric.contains(place)) {
        look.kind = ColumnLook::Kind::numbers;
      } else if (!categorical.contains(place) && !formulas.contains(place)) {
        look = look_at_column(table_, rows_, place, options_.format, [this](auto cell) { return missing(cell); });
      }
      if (!look.problem.empty()) problems.push_back(look.problem);
      if (!look.note.empty()) log_warning(table_.path() + ": " + look.note);
      add_columns(place, look, !numeric.contains(place), dates.contains(place));
      encoder_.columns_.back().formula = formulas.contains(place);
    }
    if (!problems.empty()) refuse(problems);
    if (places_.empty()) bad_recipe("data: no column of " + table_.path() + " is left as input");
  }

  [[noreturn]] void refuse(const std::vector<std::string>& problems) const {
    constexpr size_t most = 8;
    std::vector<std::string> told(problems.begin(), problems.begin() + std::min(problems.size(), most));
    std::string text = join(told, "\n  ");
    if (problems.size() > most) text += fmt::format("\n  and {} more columns", problems.size() - most);
    bad_data(table_.path(), text);
  }

  ColumnLook look_at_date_column(int64_t place) const {
    std::vector<std::string_view> cells;
    for (int64_t row : rows_)
      if (const std::string_view cell = table_.cell(row, place); !missing(cell) && !stands_for_no_number(cell))
        cells.push_back(cell);
    ColumnLook look;
    look.kind = ColumnLook::Kind::dates;
    const std::string& name = table_.names()[static_cast<size_t>(place)];
    const std::optional<DateLook> dates = look_at_dates(cells);
    if (options_.date_order) {
      look.order = *options_.date_order;
    } else if (dates) {
      look.order = dates->order;
      if (dates->ambiguous)
        look.problem = "column '" + name + "': nothing says whether its dates have day or month first, as in \"" +
                       std::string(cells[0]) + "\"; say data.date_order: day_first or month_first";
    }
    return look;
  }

  // The features that a column becomes: one, or the parts of a date.
  void add_columns(int64_t place, const ColumnLook& look, bool guessed, bool wanted_date) {
    const bool date = look.kind == ColumnLook::Kind::dates;
    const bool categories = look.kind == ColumnLook::Kind::categories;
    const std::string& name = table_.names()[static_cast<size_t>(place)];
    if (date && !wanted_date && look.problem.empty())
      log_info(
          fmt::format("{}: column '{}' holds dates, read as {} (data.date_parts; data.categorical reads them as "
                      "names)",
                      table_.path(), name, join(options_.date_parts, ", ")));
    for (const std::string& part : date ? options_.date_parts : std::vector<std::string>{""}) {
      Column& column = encoder_.columns_.emplace_back();
      column.name = name;
      column.date_part = part;
      column.date_order = options_.date_order.value_or(look.order);
      column.words = !categories && guessed;
      column.missing = categories ? options_.missing_categorical : options_.missing_numeric;
      column.index = categories && options_.categories_as_ids;
      places_.push_back(place);
      categorical_.push_back(categories);
    }
  }

  bool missing_number(const Column& column, std::string_view cell) const {
    return missing(cell) || (column.words && !column.number(cell, options_.format) && stands_for_no_number(cell));
  }

  void drop_rows() {
    std::erase_if(rows_, [&](int64_t row) {
      for (size_t i = 0; i < places_.size(); ++i)
        if (encoder_.columns_[i].missing == "drop_row" &&
            missing_number(encoder_.columns_[i], table_.cell(row, places_[i])))
          return true;
      const auto lacks = [&](int64_t place) { return missing(table_.cell(row, place)); };
      if (options_.missing_target == "keep") return std::ranges::all_of(target_places_, lacks);
      return options_.missing_target == "drop_row" && std::ranges::any_of(target_places_, lacks);
    });
    if (rows_.empty()) bad_data(table_.path(), "every training row has a missing value, and such rows are dropped");
  }

  void fit_numbers(Column& column, int64_t place) {
    std::vector<double> values;
    std::map<double, int64_t> counts;
    size_t unknown = 0;
    for (int64_t row : rows_) {
      const std::string_view cell = table_.cell(row, place);
      const std::optional<double> number = missing(cell) ? std::nullopt : column.number(cell, options_.format);
      if (!number) {
        if (!missing_number(column, cell))
          bad_cell(table_, row, column.name,
                   column.date_part.empty() ? no_number(cell, options_.format)
                                            : "expected a date, got \"" + std::string(cell.substr(0, 80)) + "\"");
        if (column.missing == "error")
          bad_cell(table_, row, column.name, "holds no value, and missing values are errors (data.missing)");
        ++unknown;
        continue;
      }
      values.push_back(*number);
      if (column.missing == "most_frequent") ++counts[*number];
    }
    if (values.empty()) bad_data(table_.path(), "column '" + column.name + "' holds no value in the training rows");
    if (column.missing == "mean") column.fill = mean_of(values);
    if (column.missing == "most_frequent") column.fill = most_frequent(counts);
    if (column.missing == "median") {
      std::vector<double> sorted = values;
      std::sort(sorted.begin(), sorted.end());
      column.fill = quantile(sorted, 0.5);
    }
    if (column.missing != "drop_row" && column.missing != "error") column.missing = "fill";
    column.indicator = options_.missing_indicator && unknown > 0;
    values.insert(values.end(), unknown, column.fill);  // The scale is that of the filled column.
    std::tie(column.offset, column.scale) = scale_of(options_.scaling, std::move(values));
  }

  void fit_categories(Column& column, int64_t place) {
    std::map<std::string, int64_t> counts;
    int64_t unknown = 0;
    for (int64_t row : rows_) {
      const std::string_view cell = table_.cell(row, place);
      if (!missing(cell)) {
        ++counts[std::string(cell)];
      } else {
        if (column.missing == "error")
          bad_cell(table_, row, column.name, "holds no value, and missing values are errors (data.missing)");
        ++unknown;
      }
      if (static_cast<int64_t>(counts.size()) > options_.max_categories) too_many(column, place);
    }
    if (counts.empty()) bad_data(table_.path(), "column '" + column.name + "' holds no value in the training rows");
    const std::string frequent = most_frequent(counts);
    if (column.missing == "category" && unknown > 0) counts["(missing)"] += unknown;
    for (const auto& [category, count] : counts) column.categories.push_back(category);
    const std::string& fill = column.missing == "category" ? "(missing)" : frequent;
    if (column.missing == "category" || column.missing == "most_frequent") {
      const auto found = std::find(column.categories.begin(), column.categories.end(), fill);
      column.missing_category = found == column.categories.end() ? -1 : found - column.categories.begin();
      column.missing = "fill";
    }
  }

  // Nothing stands for a formula: a row without one is left out, or an error.
  void fit_formulas(Column& column, int64_t place) {
    column.index = false;
    if (column.missing != "drop_row") column.missing = "error";
    std::set<int64_t> elements;
    for (int64_t row : rows_) {
      const std::string_view cell = table_.cell(row, place);
      if (missing(cell)) bad_cell(table_, row, column.name, no_formula);
      const FormulaReading reading = read_formula(cell);
      if (!reading.problem.empty())
        bad_cell(table_, row, column.name, "'" + std::string(cell.substr(0, 80)) + "' " + reading.problem);
      for (const auto& [element, amount] : reading.amounts) elements.insert(element);
    }
    column.elements.assign(elements.begin(), elements.end());
  }

  [[noreturn]] void too_many(const Column& column, int64_t place) const {
    std::string hint = "; name it in data.drop, or raise data.max_categories";
    for (int64_t row : rows_) {
      const std::string_view cell = table_.cell(row, place);
      if (missing(cell) || parse_number(cell, options_.format)) continue;
      hint = "; " + table_.place(row) + " holds \"" + std::string(cell.substr(0, 80)) +
             "\", so it is no column of numbers" + hint;
      break;
    }
    bad_data(table_.path(), "column '" + column.name + "' has more than " + std::to_string(options_.max_categories) +
                                " different values" + hint);
  }

  [[noreturn]] void refuse_missing_target(int64_t first, size_t k) const {
    const int64_t place = target_places_[k];
    const int64_t all =
        std::count_if(rows_.begin(), rows_.end(), [&](int64_t row) { return missing(table_.cell(row, place)); });
    no_target(table_, first, encoder_.targets_[k].name, table_.cell(first, place), all - 1);
  }

  std::vector<std::string> fit_only_class() const {
    if (target_places_.size() != 1) bad_recipe("data.target: classification needs exactly one target column");
    const std::vector<std::string> found = fit_classes(0, "is this a regression? (task, data.max_categories)");
    const std::vector<std::string>& classes = options_.classes.empty() ? found : options_.classes;
    require_several(classes, encoder_.targets_[0].name);
    return classes;
  }

  std::vector<std::string> fit_classes(size_t k, const char* many) const {
    const std::string& name = encoder_.targets_[k].name;
    std::set<std::string> found;
    for (int64_t row : rows_) {
      const std::string_view cell = table_.cell(row, target_places_[k]);
      if (missing(cell) && options_.missing_target == "keep") continue;
      if (missing(cell)) refuse_missing_target(row, k);
      found.emplace(strip_end(cell, options_.strip_target));
      if (static_cast<int64_t>(found.size()) > options_.max_categories)
        bad_data(table_.path(), "the target '" + name + "' has more than " + std::to_string(options_.max_categories) +
                                    " different values; " + many);
    }
    require_values(!found.empty(), name);
    return sort_classes(found);
  }

  void require_values(bool any, const std::string& target) const {
    if (!any) bad_data(table_.path(), "the target '" + target + "' holds no value in the training rows");
  }

  void require_several(const std::vector<std::string>& classes, const std::string& target) const {
    if (classes.size() < 2)
      bad_data(table_.path(),
               "the target '" + target + "' has a single class, \"" + classes[0] + "\", in the training rows");
  }

  void fit_targets() {
    for (size_t k = 0; k < target_places_.size(); ++k) {
      TableEncoder::Target& target = encoder_.targets_[k];
      if (k >= options_.targets.size()) {
        target.classes = fit_classes(k, "is it a number? (data.targets, data.max_categories)");
        require_several(target.classes, target.name);
        continue;
      }
      std::vector<double> values;
      for (int64_t row : rows_) {
        const std::string_view cell = table_.cell(row, target_places_[k]);
        if (missing(cell) && options_.missing_target == "keep") continue;
        if (missing(cell)) refuse_missing_target(row, k);
        const std::optional<double> number = parse_number(cell, options_.format);
        if (!number) bad_cell(table_, row, target.name, no_number(cell, options_.format));
        values.push_back(*number);
      }
      require_values(!values.empty(), target.name);
      const std::string scaling = unscaled_.contains(target_places_[k]) ? "none" : options_.target_scaling;
      if (scaling == "none") check_digits(target.name, values);
      std::tie(target.offset, target.scale) = scale_of(scaling, std::move(values));
    }
  }

  void check_digits(const std::string& name, const std::vector<double>& values) const {
    const std::optional<DigitsLost> lost = digits_lost(at::tensor(values, at::kDouble));
    if (!lost) return;
    bad_data(
        table_.path(),
        fmt::format("column '{}': targets {}; say data.target_scaling: standard, with which they keep their digits",
                    name, lost->told));
  }

  const CsvTable& table_;
  const EncoderOptions& options_;
  std::vector<int64_t> rows_;
  std::vector<int64_t> places_, target_places_;
  std::set<int64_t> unscaled_;
  std::vector<bool> categorical_;
  TableEncoder encoder_;
};

TableEncoder TableEncoder::fit(const CsvTable& table, std::span<const int64_t> rows, const EncoderOptions& options) {
  return EncoderFit(table, rows, options).run();
}

}  // namespace dlrun
