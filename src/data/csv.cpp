// Reader of delimited tables (CSV, TSV): numeric and categorical columns become features, one or more the target.

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "data/arrow_table.h"
#include "data/csv_header.h"
#include "data/csv_split.h"
#include "data/csv_table.h"
#include "data/dataset.h"
#include "data/input_file.h"
#include "data/joined_tables.h"
#include "data/source.h"
#include "data/splits.h"
#include "data/table_encoder.h"
#include "data/table_rows.h"
#include "data/workbook.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Missing final : Params {
  std::vector<std::string> values = {"", "?", "NA", "N/A", "NaN", "nan", "NULL", "null"};
  std::string numeric = "median", categorical = "category", target = "error";
  bool indicator = false;

  std::vector<Field> fields() override {
    return {
        field("values", values,
              "Cells that mean: not known. In columns found to be numbers also None, n/a, #N/A, inf, -, . and what "
              "else other programs write for no number; they are counted and told."),
        field("numeric", numeric, "What stands for a missing number; fitted on the training rows.",
              one_of("median", "mean", "most_frequent", "zero", "drop_row", "error")),
        field("categorical", categorical,
              "What stands for a missing category: one of its own, the most frequent, or no category at all (zero).",
              one_of("category", "most_frequent", "zero", "drop_row", "error")),
        field("indicator", indicator, "Adds a feature that is 1 where a number was missing."),
        field(
            "target", target,
            "A row whose target is missing: an error, or left out; keep, for the task multi_target: it counts for the "
            "targets that it has.",
            one_of("error", "drop_row", "keep")),
    };
  }
};

struct Csv final : Dataset {
  std::vector<std::string> path;
  std::string separator = "auto";
  std::optional<std::string> sheet;
  std::optional<bool> header;
  std::vector<std::string> columns;
  std::string decimal = "point", thousands = "none", negative = "sign";
  std::vector<std::string> affixes;
  std::optional<std::string> target;
  std::vector<std::string> targets, class_targets, unscaled_targets;
  std::vector<std::string> id, drop, categorical, numeric, dates, date_parts = {"elapsed"}, formula, classes;
  std::string categories = "one_hot";
  std::optional<std::string> date_order, weight_column;
  std::string strip_target;
  Missing missing;
  std::string unknown_category = "zero";
  int64_t max_categories = 1000;
  std::string scaling = "standard", target_scaling = "none";
  Optional<TableSplitRule> val, test;

  std::vector<Field> fields() override {
    return {
        field(
            "path", path,
            "The table: delimited text or JSON Lines (.jsonl, .ndjson), plain or .gz, a workbook (.xlsx), or Parquet, "
            "Arrow or Feather (.parquet, .arrow, .feather); several files, in this order, or a pattern (part-*.csv), "
            "by their names, are one table.",
            required(), not_empty(), is_path()),
        field("separator", separator, "What stands between cells.",
              one_of("auto", "comma", "tab", "semicolon", "pipe")),
        field("sheet", sheet, "Of a workbook the sheet that is read, by its name; the first one where left open."),
        field("header", header,
              "Whether the first row holds the names of the columns. Left open: it does, and one that looks like data "
              "is an error."),
        field("columns", columns, "Names of the columns; the header's, or column_0, column_1, ... where left open."),
        field("decimal", decimal, "What stands before the fraction of a number.", one_of("point", "comma")),
        field("thousands", thousands,
              "What may stand between groups of three digits; space stands for no-break and thin ones too.",
              one_of("none", "comma", "point", "space", "apostrophe", "underscore")),
        field(
            "negative", negative,
            "How numbers below 0 are written: with a minus in front, or also in parentheses, (1,234.50), or also with "
            "a minus behind, 1234.50-.",
            one_of("sign", "parentheses", "trailing")),
        field("affixes", affixes,
              "Text before or after numbers that is cut off, such as \"%\", \"$\" or \"kg\"; the numbers of one "
              "column must not carry different ones."),
        field(
            "target", target,
            "Column to predict: its name, or its number from 0 as text (\"-1\" is the last); where names are numbers, "
            "its name."),
        field("targets", targets, "Several columns to predict, instead of target."),
        field("class_targets", class_targets,
              "Columns of classes to predict beside numbers (target, targets) or alone, with the task multi_target."),
        field("id", id, "Columns that say which row it is: no input, and carried over into predictions."),
        field("drop", drop, "Columns that are no input."),
        field("weight_column", weight_column,
              "Column of how much each row counts in the loss, 0 and up; no input. A row counts as one in metrics.",
              not_empty()),
        field("categorical", categorical, "Columns of categories that look like numbers."),
        field("numeric", numeric,
              "Columns that must hold numbers; without it a column is numeric if all its cells are."),
        field("dates", dates,
              "Columns of dates or times; without it a column is one if all its cells are, and this is told."),
        field("date_parts", date_parts,
              "The numbers that become of a date: days since 1970 with their fraction (elapsed), and parts of it; "
              "weekday counts from Monday, 0.",
              not_empty(),
              one_of("elapsed", "year", "month", "day", "weekday", "day_of_year", "hour", "minute", "second")),
        field("date_order", date_order,
              "Of dates like 01/02/2024; found in the rows where left open, and asked for where nothing says it.",
              one_of("day_first", "month_first")),
        field("formula", formula,
              "Columns of chemical formulas (Fe2O3): each becomes the shares of the 118 elements, in order of atomic "
              "number."),
        field("classes", classes, "Class names in order; those of the training rows, sorted, where left open."),
        field("strip_target", strip_target, "Characters to cut off the end of a class name."),
        field("missing", missing, "Cells without a value."),
        field("categories", categories,
              "How the network is given a category: a feature for each, or its number, for networks with embeddings.",
              one_of("one_hot", "index")),
        field("unknown_category", unknown_category,
              "A category that no training row has: no feature set, and the number 0 (zero), or an error.",
              one_of("zero", "error")),
        field("max_categories", max_categories, "A column with more different values is refused.", at_least(2)),
        field("scaling", scaling,
              "Numbers: mean 0 and deviation 1, range 0 to 1, median 0 and quartile distance 1, or as they are.",
              one_of("standard", "minmax", "robust", "none")),
        field("target_scaling", target_scaling, "Numbers to predict, likewise; metrics stay in the file's unit.",
              one_of("standard", "minmax", "robust", "none")),
        field("unscaled_targets", unscaled_targets,
              "Of these, columns that target_scaling leaves as they are, such as counts."),
        field("val", val, "What becomes the validation split."),
        field("test", test, "What becomes the test split; taken before the validation split."),
    };
  }

  std::vector<Relation> relations() const override {
    return {{"target", "count(target, targets) == 1 or given(class_targets)", "give either target or targets"},
            {"target", "count(target, targets) < 2", "give either target or targets"},
            {"classes", "not given(classes) or not given(class_targets)",
             "names the classes of one target; those of class_targets are found in the training rows"}};
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;

 private:
  CsvTable read(const std::string& file, bool inputs_only) const;
  CsvTable read_all(const std::vector<std::string>& paths, const std::string& key) const;
  NumberFormat number_format() const;
  EncoderOptions encoder_options(const CsvTable& table, const OpenOptions& options) const;
};

// Columns of numbers, or the one of classes where the task predicts one class.
std::vector<std::string> number_names(const Csv& csv) {
  return csv.target ? std::vector<std::string>{*csv.target} : csv.targets;
}

// All columns to predict.
std::vector<std::string> target_names(const Csv& csv) {
  std::vector<std::string> names = number_names(csv);
  names.insert(names.end(), csv.class_targets.begin(), csv.class_targets.end());
  return names;
}

// A table with its columns named. `inputs_only`: one without a header may lack the target columns.
CsvTable Csv::read(const std::string& file, bool inputs_only) const {
  if ((is_json_lines(file) || is_arrow_table(file)) && (header || separator != "auto"))
    throw UserError(ExitCode::bad_recipe,
                    std::string(header ? "data.header" : "data.separator") + ": " + file +
                        (is_json_lines(file) ? " is JSON Lines, whose every line names its columns"
                                             : " is no text, and names its columns itself") +
                        ": leave it out");
  if (is_workbook(file) ? separator != "auto" : sheet.has_value())
    throw UserError(ExitCode::bad_recipe,
                    is_workbook(file)
                        ? "data.separator: " + file + " is a workbook, whose cells have none: leave it out"
                        : "data.sheet: " + file + " is no workbook (.xlsx): leave it out");
  CsvTable table(file, {.separator = separator_of(separator),
                        .header = header,
                        .use_names = columns.empty(),
                        .sheet = sheet.value_or("")});
  if (columns.empty()) return table;
  std::vector<std::string> names = columns;
  if (inputs_only && table.columns() != static_cast<int64_t>(names.size())) {
    const std::vector<std::string> predicted = target_names(*this);
    std::erase_if(names, [&](const std::string& name) {
      return std::find(predicted.begin(), predicted.end(), name) != predicted.end();
    });
  }
  if (table.columns() != static_cast<int64_t>(names.size()))
    bad_data(file, "has " + std::to_string(table.columns()) + " columns, data.columns names " +
                       std::to_string(columns.size()));
  table.rename(std::move(names));
  return table;
}

// All files of a table as one.
CsvTable Csv::read_all(const std::vector<std::string>& paths, const std::string& key) const {
  const std::vector<std::string> files = table_files(paths, key);
  CsvTable table = read(files[0], false);
  for (size_t i = 1; i < files.size(); ++i) table.join(read(files[i], false));
  if (files.size() > 1)
    log_info(fmt::format("{}: {} rows of {} files, {} to {}", key, count_text(table.rows()), files.size(),
                         files.front(), files.back()));
  return table;
}

NumberFormat Csv::number_format() const {
  NumberFormat format{decimal, thousands, affixes, negative};
  // "mg" before "g".
  std::stable_sort(format.affixes.begin(), format.affixes.end(),
                   [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  return format;
}

EncoderOptions Csv::encoder_options(const CsvTable& table, const OpenOptions& options) const {
  EncoderOptions chosen;
  chosen.targets = number_names(*this);
  chosen.class_targets = class_targets;
  chosen.unscaled_targets = unscaled_targets;
  chosen.classification = options.classification;
  chosen.drop = drop;
  chosen.drop.insert(chosen.drop.end(), id.begin(), id.end());
  if (weight_column && table.find(*weight_column) < 0)
    throw UserError(ExitCode::bad_recipe,
                    "data.weight_column: " + table.path() + " has no column '" + *weight_column + "'");
  if (weight_column) chosen.drop.push_back(*weight_column);
  for (const auto* rule : {&val, &test})  // A column that names the split would give the answer away.
    if (*rule && (**rule).column) chosen.drop.push_back(*(**rule).column);
  chosen.categorical = categorical;
  chosen.numeric = numeric;
  chosen.dates = dates;
  chosen.formula = formula;
  chosen.categories_as_ids = categories == "index";
  chosen.date_parts = date_parts;
  if (date_order) chosen.date_order = *date_order == "day_first" ? DateOrder::day_first : DateOrder::month_first;
  chosen.format = number_format();
  for (const int64_t place : useless_columns(table)) chosen.drop.push_back(table.names()[static_cast<size_t>(place)]);
  chosen.missing_values = missing.values;
  chosen.missing_numeric = missing.numeric;
  chosen.missing_categorical = missing.categorical;
  chosen.missing_indicator = missing.indicator;
  chosen.missing_target = missing.target;
  chosen.unknown_category = unknown_category;
  chosen.max_categories = max_categories;
  chosen.scaling = scaling;
  chosen.target_scaling = target_scaling;
  chosen.strip_target = strip_target;
  chosen.classes = classes;
  return chosen;
}

Splits Csv::open(const OpenOptions& options) const {
  const auto shared = std::make_shared<const CsvTable>(read_all(path, "data.path"));
  const CsvTable& table = *shared;
  const ColumnsBeside beside{options.keep_rows ? target_names(*this) : std::vector<std::string>{}, id, weight_column};
  std::vector<int64_t> left = all_rows(table.rows()), val_rows, test_rows;
  const EncoderOptions chosen = encoder_options(table, options);
  std::string classes_in = target && options.classification ? *target : "";
  if (!class_targets.empty()) classes_in = class_targets[0];  // Of several the first counts.
  const std::vector<int64_t> labels =
      classes_in.empty() ? std::vector<int64_t>{} : labels_of(table, classes_in, strip_target);
  const bool drawn = (test && draws(*test)) || (val && draws(*val));
  const std::vector<int64_t> same = drawn ? number_same_rows(shared, chosen) : std::vector<int64_t>{};
  SplitSource source{"data.test", table.rows(), labels, options.seed, same};
  if (test && !test->path) test_rows = take_rows_of(*test, source, table, left);
  source.name = "data.val";
  if (val && !val->path) val_rows = take_rows_of(*val, source, table, left);

  const TableEncoder encoder =
      options.fitted.is_null() ? TableEncoder::fit(table, left, chosen) : TableEncoder::from_json(options.fitted);
  TableOddities oddities;
  const auto split_of = [&](const char* name, const Optional<TableSplitRule>& rule, const std::vector<int64_t>& rows) {
    if (!rule) return std::shared_ptr<Split>();
    if (!rule->path) return encoded_split(name, encoder, shared, rows, beside, oddities);
    const std::string key = std::string("data.") + name + ".path";
    const auto other = std::make_shared<const CsvTable>(read_all({*rule->path}, key));
    return encoded_split(name, encoder, other, all_rows(other->rows()), beside, oddities);
  };
  Splits splits;
  splits.train = encoded_split("train", encoder, shared, left, beside, oddities);
  splits.val = split_of("val", val, val_rows);
  splits.test = split_of("test", test, test_rows);
  oddities.tell(table.path());
  encoder.describe(splits.info);
  if (weight_column) splits.info.fields.push_back({"weight", FieldInfo::Means::numbers, {}});
  splits.info.fitted = encoder.to_json();
  return splits;
}

std::shared_ptr<Split> Csv::open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const {
  const TableEncoder encoder = TableEncoder::from_json(options.fitted);
  std::vector<CsvTable> tables;
  std::vector<EncodedRows> parts;
  std::vector<std::string> names;
  std::vector<CarriedColumn> carried;
  for (const std::string& file : paths) {
    const CsvTable& table = tables.emplace_back(read(file, true));
    const std::vector<int64_t> rows = all_rows(table.rows());
    const EncodedRows& encoded = parts.emplace_back(encoder.encode(table, rows, false));
    TableOddities oddities;
    oddities.add("the new rows", encoded, rows.size());
    oddities.tell(file);
    for (const int64_t row : rows) names.push_back(table.full_place(row));
    std::vector<CarriedColumn> columns = carried_columns(id, table, rows);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (carried.size() <= i) carried.push_back({columns[i].name, {}});
      carried[i].cells.insert(carried[i].cells.end(), columns[i].cells.begin(), columns[i].cells.end());
    }
  }
  const int64_t count = static_cast<int64_t>(names.size());
  TensorSplit::Fields fields = input_fields(encoder, parts);
  const TensorSplit::Fields truth = truth_of(encoder, tables);
  fields.insert(fields.end(), truth.begin(), truth.end());
  auto split = std::make_shared<TensorSplit>(
      std::move(fields), all_rows(count),
      [names = std::move(names)](int64_t row) { return names[static_cast<size_t>(row)]; });
  split->carry(std::move(carried));
  return split;
}

const Registered<Dataset, Csv> csv_entry{"csv",
                                         "A table of numbers and categories in a delimited text file (CSV, TSV)."};

}  // namespace
}  // namespace dlrun
