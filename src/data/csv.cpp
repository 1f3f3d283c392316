// Reader of delimited tables (CSV, TSV): numeric and categorical columns become features, one or more the target.

#include "base/error.h"
#include "data/csv_table.h"
#include "data/dataset.h"
#include "data/input_file.h"
#include "data/source.h"
#include "data/splits.h"
#include "data/table_encoder.h"
#include "data/tensor_split.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Missing final : Params {
  std::vector<std::string> values = {"", "?", "NA", "N/A", "NaN", "nan", "NULL", "null"};
  std::string numeric = "median", categorical = "category";
  bool indicator = false;

  std::vector<Field> fields() override {
    return {
        field("values", values, "Cells that mean: not known."),
        field("numeric", numeric, "What stands for a missing number; fitted on the training rows.",
              one_of("median", "mean", "most_frequent", "zero", "drop_row", "error")),
        field("categorical", categorical,
              "What stands for a missing category: one of its own, the most frequent, or no category at all (zero).",
              one_of("category", "most_frequent", "zero", "drop_row", "error")),
        field("indicator", indicator, "Adds a feature that is 1 where a number was missing."),
    };
  }
};

struct Csv final : Dataset {
  std::string path;
  std::string separator = "auto";
  bool header = true;
  std::vector<std::string> columns;
  std::optional<std::string> target;
  std::vector<std::string> targets;
  std::vector<std::string> drop, categorical, numeric, classes;
  std::string strip_target;
  Missing missing;
  std::string unknown_category = "zero";
  int64_t max_categories = 1000;
  std::string scaling = "standard", target_scaling = "none";
  Optional<TableSplitRule> val, test;

  std::vector<Field> fields() override {
    return {
        field("path", path, "The table, plain or .gz.", required(), not_empty(), is_path()),
        field("separator", separator, "What stands between cells.",
              one_of("auto", "comma", "tab", "semicolon", "pipe")),
        field("header", header, "The first row holds the names of the columns."),
        field("columns", columns, "Names of the columns; the header's, or column_0, column_1, ... where left open."),
        field("target", target, "Column to predict: its name, or its number from 0 as text (\"-1\" is the last)."),
        field("targets", targets, "Several columns to predict, instead of target."),
        field("drop", drop, "Columns that are no input."),
        field("categorical", categorical, "Columns of categories that look like numbers."),
        field("numeric", numeric,
              "Columns that must hold numbers; without it a column is numeric if all its cells are."),
        field("classes", classes, "Class names in order; those of the training rows, sorted, where left open."),
        field("strip_target", strip_target, "Characters to cut off the end of a class name."),
        field("missing", missing, "Cells without a value."),
        field("unknown_category", unknown_category,
              "A category that no training row has: no feature set (zero), or an error.", one_of("zero", "error")),
        field("max_categories", max_categories, "A column with more different values is refused.", at_least(2)),
        field("scaling", scaling,
              "Numbers: mean 0 and deviation 1, range 0 to 1, median 0 and quartile distance 1, or as they are.",
              one_of("standard", "minmax", "robust", "none")),
        field("target_scaling", target_scaling, "Numbers to predict, likewise; metrics stay in the file's unit.",
              one_of("standard", "minmax", "robust", "none")),
        field("val", val, "What becomes the validation split."),
        field("test", test, "What becomes the test split; taken before the validation split."),
    };
  }

  std::vector<Relation> relations() const override {
    return {{"target", "count(target, targets) == 1", "give either target or targets"}};
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;

 private:
  CsvTable read(const std::string& file, bool inputs_only) const;
  EncoderOptions encoder_options(const CsvTable& table, const OpenOptions& options) const;
  std::vector<int64_t> take(const TableSplitRule& rule, const char* name, const CsvTable& table,
                            std::vector<int64_t>& left, const OpenOptions& options) const;
};

char separator_of(const std::string& name) {
  if (name == "comma") return ',';
  if (name == "tab") return '\t';
  if (name == "semicolon") return ';';
  return name == "pipe" ? '|' : '\0';
}

std::vector<std::string> target_names(const Csv& csv) {
  return csv.target ? std::vector<std::string>{*csv.target} : csv.targets;
}

// A table with its columns named. `inputs_only`: one without a header may lack the target columns.
CsvTable Csv::read(const std::string& file, bool inputs_only) const {
  CsvTable table(file, {.separator = separator_of(separator), .header = header});
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

EncoderOptions Csv::encoder_options(const CsvTable& table, const OpenOptions& options) const {
  EncoderOptions chosen;
  chosen.targets = target_names(*this);
  chosen.classification = options.classification;
  chosen.drop = drop;
  for (const auto* rule : {&val, &test})  // A column that names the split would give the answer away.
    if (*rule && (**rule).column) chosen.drop.push_back(*(**rule).column);
  chosen.categorical = categorical;
  chosen.numeric = numeric;
  chosen.missing_values = missing.values;
  chosen.missing_numeric = missing.numeric;
  chosen.missing_categorical = missing.categorical;
  chosen.missing_indicator = missing.indicator;
  chosen.unknown_category = unknown_category;
  chosen.max_categories = max_categories;
  chosen.scaling = scaling;
  chosen.target_scaling = target_scaling;
  chosen.strip_target = strip_target;
  chosen.classes = classes;
  return chosen;
}

// Class numbers of all rows, for stratified splits; any numbering serves.
std::vector<int64_t> labels_of(const CsvTable& table, const Csv& csv) {
  const int64_t place = csv.target ? table.find(*csv.target) : -1;
  if (place < 0) return {};
  std::map<std::string_view, int64_t> numbers;
  std::vector<int64_t> labels;
  for (int64_t row = 0; row < table.rows(); ++row) {
    const std::string_view label = strip_end(table.cell(row, place), csv.strip_target);
    labels.push_back(numbers.emplace(label, static_cast<int64_t>(numbers.size())).first->second);
  }
  return labels;
}

std::vector<int64_t> Csv::take(const TableSplitRule& rule, const char* name, const CsvTable& table,
                               std::vector<int64_t>& left, const OpenOptions& options) const {
  if (!rule.column) {
    const std::vector<int64_t> labels = options.classification ? labels_of(table, *this) : std::vector<int64_t>{};
    return take_rows(rule, {name, table.rows(), labels, options.seed}, left);
  }
  const int64_t place = table.find(*rule.column);
  if (place < 0)
    throw UserError(ExitCode::bad_recipe,
                    std::string(name) + ".column: " + path + " has no column '" + *rule.column + "'");
  std::vector<int64_t> rows, rest;
  for (int64_t row : left) (table.cell(row, place) == *rule.value ? rows : rest).push_back(row);
  if (rows.empty() || rest.empty())
    throw UserError(ExitCode::bad_recipe, std::string(name) + ".value: " + (rows.empty() ? "no row" : "every row") +
                                              " of " + path + " has '" + *rule.value + "' in column '" + *rule.column +
                                              "'");
  left = std::move(rest);
  return rows;
}

using SharedTable = std::shared_ptr<const CsvTable>;

std::shared_ptr<const SourceRows> rows_written(const TableEncoder& encoder, SharedTable table,
                                               std::vector<int64_t> rows, const std::vector<std::string>& targets) {
  auto written = std::make_shared<SourceRows>();
  for (const TableEncoder::Column& column : encoder.columns())
    written->inputs.push_back({table->find(column.name), column.categories.empty()});
  for (const std::string& target : targets) written->targets.push_back(table->find(target));
  written->missing = {encoder.missing_values().begin(), encoder.missing_values().end()};
  written->table = std::move(table);
  written->rows = std::move(rows);
  return written;
}

// `targets`: columns to predict, to keep the rows as they were written; without any they are not kept.
std::shared_ptr<Split> encoded_split(const TableEncoder& encoder, const SharedTable& table,
                                     const std::vector<int64_t>& rows, const std::vector<std::string>& targets) {
  EncodedRows encoded = encoder.encode(*table, rows, true);
  if (encoded.rows.empty())
    bad_data(table->path(), "every row of a split has a missing value, and such rows are dropped");
  std::vector<int64_t> lines;
  for (int64_t row : encoded.rows) lines.push_back(table->line(row));
  auto split = std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", encoded.input}, {"target", encoded.target}},
                                             all_rows(static_cast<int64_t>(lines.size())),
                                             [path = table->path(), lines](int64_t row) {
                                               return path + " line " + std::to_string(lines[static_cast<size_t>(row)]);
                                             });
  if (!targets.empty()) split->keep_rows(rows_written(encoder, table, std::move(encoded.rows), targets));
  return split;
}

Splits Csv::open(const OpenOptions& options) const {
  const auto shared = std::make_shared<const CsvTable>(read(path, false));
  const CsvTable& table = *shared;
  const std::vector<std::string> kept = options.keep_rows ? target_names(*this) : std::vector<std::string>{};
  std::vector<int64_t> left = all_rows(table.rows()), val_rows, test_rows;
  if (test && !test->path) test_rows = take(*test, "data.test", table, left, options);
  if (val && !val->path) val_rows = take(*val, "data.val", table, left, options);

  const TableEncoder encoder = options.fitted.is_null()
                                   ? TableEncoder::fit(table, left, encoder_options(table, options))
                                   : TableEncoder::from_json(options.fitted);
  const auto split_of = [&](const Optional<TableSplitRule>& rule, const std::vector<int64_t>& rows) {
    if (!rule) return std::shared_ptr<Split>();
    if (!rule->path) return encoded_split(encoder, shared, rows, kept);
    const auto other = std::make_shared<const CsvTable>(read(*rule->path, false));
    return encoded_split(encoder, other, all_rows(other->rows()), kept);
  };
  Splits splits;
  splits.train = encoded_split(encoder, shared, left, kept);
  splits.val = split_of(val, val_rows);
  splits.test = split_of(test, test_rows);
  encoder.describe(splits.info);
  splits.info.fitted = encoder.to_json();
  return splits;
}

std::shared_ptr<Split> Csv::open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const {
  const TableEncoder encoder = TableEncoder::from_json(options.fitted);
  std::vector<at::Tensor> inputs;
  std::vector<std::string> names;
  for (const std::string& file : paths) {
    const CsvTable table = read(file, true);
    inputs.push_back(encoder.encode(table, all_rows(table.rows()), false).input);
    for (int64_t row = 0; row < table.rows(); ++row) names.push_back(file + " line " + std::to_string(table.line(row)));
  }
  at::Tensor input = at::cat(inputs);
  return std::make_shared<TensorSplit>(
      TensorSplit::Fields{{"input", input}}, all_rows(input.size(0)),
      [names = std::move(names)](int64_t row) { return names[static_cast<size_t>(row)]; });
}

const Registered<Dataset, Csv> entry{"csv", "A table of numbers and categories in a delimited text file (CSV, TSV)."};

}  // namespace
}  // namespace dlrun
