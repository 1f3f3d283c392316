// Turns cells of a table into numbers: what is learned from the training rows, stored, and applied alike to new rows.

#pragma once

#include <ATen/ATen.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "data/csv_table.h"
#include "data/dataset.h"
#include "data/dates.h"
#include "data/numbers.h"
#include "tensor/named_tensor.h"

namespace dlrun {

struct EncoderOptions {
  std::vector<std::string> targets;                      // columns of numbers to predict, or the one class
  bool classification = false;                           // the one target is a class
  std::vector<std::string> class_targets;                // columns of classes to predict beside numbers
  std::vector<std::string> drop;                         // columns that are no input
  std::vector<std::string> categorical, numeric, dates;  // columns whose kind is not to be guessed
  std::vector<std::string> formula;                      // columns of chemical formulas
  bool categories_as_ids = false;                        // a field of ids for each column, instead of features
  std::vector<std::string> date_parts = {"elapsed"};     // what becomes of a date
  std::optional<DateOrder> date_order;                   // found in the training rows where not set
  NumberFormat format;                                   // how numbers are written
  std::vector<std::string> missing_values;               // cells that mean "unknown"
  std::string missing_numeric = "median";                // median, mean, most_frequent, zero, drop_row, error
  std::string missing_categorical = "category";          // category, most_frequent, zero, drop_row, error
  bool missing_indicator = false;                        // one more feature where numbers were missing
  std::string missing_target = "error";                  // error, drop_row, keep
  std::string unknown_category = "zero";                 // zero, error
  int64_t max_categories = 1000;                         // more of them are a mistake
  std::string scaling = "standard";                      // standard, minmax, robust, none
  std::string target_scaling = "none";                   // the same
  std::vector<std::string> unscaled_targets;             // those that it leaves as they are
  std::string strip_target;                              // characters cut off the end of a class name
  std::vector<std::string> classes;                      // in order; found in the training rows where empty
};

// Cells of a column that were read as something else than they say, or could not be used.
struct CellCount {
  int64_t cells = 0;
  std::string first;  // what the first of them holds
};

struct EncodedRows {
  at::Tensor input;                          // [N, features] float
  std::vector<at::Tensor> categories;        // [N] int64 each, of the columns that are ids
  TensorList targets;                        // fields: "target", or those of own_targets.h; none without targets
  std::vector<int64_t> rows;                 // of the table; fewer than asked for where rows were dropped
  std::map<std::string, CellCount> words;    // by column: words read as a missing number
  std::map<std::string, CellCount> dropped;  // by column: rows left out for a cell of it
  std::map<std::string, int64_t> unknown;    // by target: rows kept that lack it
};

class TableEncoder {
 public:
  // Learns from `rows` of the table. Throws UserError: bad_recipe for columns that do not exist, bad_data for cells
  // that break a rule, with their line; of columns that cannot be read, all at once. Tells what is unusual.
  static TableEncoder fit(const CsvTable& table, std::span<const int64_t> rows, const EncoderOptions& options);
  static TableEncoder from_json(const nlohmann::json& fitted);
  nlohmann::json to_json() const;
  static bool wrote(const nlohmann::json& fitted);  // whether to_json() did

  // Columns are found by name, never by place. `with_target` false: target columns need not exist, and no row is
  // dropped; one that would have been is an error.
  EncodedRows encode(const CsvTable& table, std::span<const int64_t> rows, bool with_target) const;
  // The targets of all rows of a new table, as encode() gives them. None where it has none, and where some rows lack
  // what no row may lack or hold another class, which `why` says.
  TensorList truth(const CsvTable& table, std::string& why) const;
  void describe(DataInfo& info) const;  // shapes, classes, features, targets and their scale

  struct Column {
    std::string name;
    std::vector<std::string> categories;  // sorted; of other columns empty
    bool index = false;                   // of categories: they are ids (data/categories.h), and no features
    bool formula = false;                 // a chemical formula: the share of each element, in order of atomic number
    std::vector<int64_t> elements;        // of a formula: those that training rows have, sorted
    std::string date_part;                // of a date, what of it this feature is; empty: no date
    DateOrder date_order = DateOrder::day_first;
    bool words = false;             // of numbers: words for "no number" are missing values too
    std::string missing;            // fill, zero, drop_row, error
    int64_t missing_category = -1;  // what fill means for a category
    double fill = 0.0;              // what it means for a number
    bool indicator = false;
    double offset = 0.0, scale = 1.0;                                  // feature = (number - offset) / scale
    bool is_number() const { return categories.empty() && !formula; }  // or part of a date
    int64_t width() const;                                             // features it becomes
    std::string feature() const { return date_part.empty() ? name : name + "." + date_part; }
    // The number that a cell holds, or that is made of it.
    std::optional<double> number(std::string_view cell, const NumberFormat& format) const;
  };
  struct Target {
    std::string name;
    double offset = 0.0, scale = 1.0;
    std::vector<std::string> classes = {};  // of one of several: in order; empty: it is a number
  };
  const std::vector<Column>& columns() const { return columns_; }  // the inputs, in order
  const std::vector<std::string>& missing_values() const { return missing_values_; }
  const NumberFormat& format() const { return format_; }
  bool refuses_unknown() const { return unknown_category_ == "error"; }

 private:
  friend class EncoderFit;
  TensorList encode_targets(const CsvTable& table, const std::vector<int64_t>& rows,
                            const std::vector<int64_t>& places) const;
  const std::vector<std::string>& classes_of(const Target& target) const;  // empty: it is a number
  bool has_value(std::string_view cell, const Target& target) const;
  void describe_targets(DataInfo& info) const;
  std::string widest() const;

  std::vector<Column> columns_;
  std::vector<Target> targets_;
  std::vector<std::string> classes_;  // of the one target that is a class
  bool own_fields_ = false;           // each target has a field of its own
  std::vector<std::string> missing_values_;
  std::string unknown_category_, strip_target_, missing_target_ = "error";
  NumberFormat format_;
};

// Class names in order: by value when all are whole numbers, else as text.
std::vector<std::string> sort_classes(const std::set<std::string>& names);
inline constexpr const char* no_formula =
    "holds no formula, and nothing can stand for one; data.missing.categorical: drop_row leaves such rows out";
// A class name without the characters `strip` at its end.
std::string_view strip_end(std::string_view cell, std::string_view strip);
// `message` about a cell: "line 7: column 'age': message".
[[noreturn]] void bad_cell(const CsvTable& table, int64_t row, const std::string& column, const std::string& message);

// The same about a target that is missing, with the keys that help. `more`: rows after it that lack it too.
[[noreturn]] void no_target(const CsvTable& table, int64_t row, const std::string& column, std::string_view cell,
                            int64_t more);

}  // namespace dlrun
