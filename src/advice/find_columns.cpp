// What the columns of a table are: which is to be predicted, and whether the others are numbers, texts or a series.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "advice/find_reader.h"
#include "base/error.h"
#include "data/csv_table.h"
#include "spec/scalar.h"

namespace dlrun {
namespace {

constexpr int64_t most_rows = 20000;     // that are looked at
constexpr int64_t most_classes = 20;     // whole numbers of more kinds than this are a quantity
constexpr int64_t fewest_steps = 16;     // columns of numbers in a row that may be a series
constexpr double words_of_text = 4.0;    // cells of a text have more words than this, by the mean
constexpr double like_neighbours = 0.5;  // correlation of a series' steps with the ones beside them

std::optional<double> number(std::string_view cell) {
  return cell.empty() || cell == "?" ? std::nullopt : parse_number(std::string(cell));
}

// A table whose first row is no header has no names: asked for them it says so.
CsvTable read_table(const std::string& path, DataLook& look) {
  try {
    return CsvTable(path, {});
  } catch (const UserError& error) {
    if (error.code() != ExitCode::bad_data) throw;
    CsvTable table(path, {.header = false});
    look.guesses.push_back("the first row is data, and the columns have no names (header: false)");
    look.keys.push_back("header: false");
    return table;
  }
}

class Columns {
 public:
  Columns(const CsvTable& table, int64_t target) : table_(table), target_(target) {}

  int64_t rows() const { return std::min(table_.rows(), most_rows); }

  // Means of words in a column's cells, and how many of the cells are different ones.
  double words(int64_t column) const {
    int64_t words = 0;
    for (int64_t row = 0; row < rows(); ++row) {
      const std::string_view cell = table_.cell(row, column);
      words += !cell.empty() + std::count(cell.begin(), cell.end(), ' ');
    }
    return static_cast<double>(words) / static_cast<double>(rows());
  }

  int64_t different(int64_t column) const {
    std::set<std::string_view> cells;
    for (int64_t row = 0; row < rows(); ++row) cells.insert(table_.cell(row, column));
    return static_cast<int64_t>(cells.size());
  }

  bool all_numbers(int64_t column) const {
    for (int64_t row = 0; row < rows(); ++row)
      if (const std::string_view cell = table_.cell(row, column); !cell.empty() && cell != "?" && !number(cell))
        return false;
    return true;
  }

  bool whole_numbers(int64_t column) const {
    for (int64_t row = 0; row < rows(); ++row)
      if (const auto value = number(table_.cell(row, column)); value && *value != std::floor(*value)) return false;
    return true;
  }

  // The column with the longest texts, where every other one but the target is missing; -1 for none.
  int64_t text() const {
    for (int64_t column = 0; column < table_.columns(); ++column)
      if (column != target_ && words(column) > words_of_text && 2 * different(column) > rows()) return column;
    return -1;
  }

  // Whether the inputs are one number after the other of the same thing: names that count up, and numbers that are
  // like the ones beside them.
  bool series() const {
    std::vector<int64_t> inputs;
    for (int64_t column = 0; column < table_.columns(); ++column)
      if (column != target_) inputs.push_back(column);
    if (static_cast<int64_t>(inputs.size()) < fewest_steps) return false;
    for (size_t i = 0; i < inputs.size(); ++i)
      if (!all_numbers(inputs[i]) || (i > 0 && counted(inputs[i]) != counted(inputs[i - 1]) + 1)) return false;
    double sum = 0.0;
    for (size_t i = 1; i < inputs.size(); ++i) sum += correlation(inputs[i - 1], inputs[i]);
    return sum / static_cast<double>(inputs.size() - 1) > like_neighbours;
  }

 private:
  // The number a name ends with, "t12"; -2 without one.
  int64_t counted(int64_t column) const {
    const std::string& name = table_.names()[static_cast<size_t>(column)];
    const size_t letters = name.find_last_not_of("0123456789");
    const std::string digits = letters == std::string::npos ? name : name.substr(letters + 1);
    return digits.empty() || digits.size() > 9 ? -2 : std::strtoll(digits.c_str(), nullptr, 10);
  }

  double correlation(int64_t a, int64_t b) const {
    double n = 0, sum_a = 0, sum_b = 0, squares_a = 0, squares_b = 0, products = 0;
    for (int64_t row = 0; row < rows(); ++row) {
      const auto x = number(table_.cell(row, a)), y = number(table_.cell(row, b));
      if (!x || !y) continue;
      n += 1, sum_a += *x, sum_b += *y, squares_a += *x * *x, squares_b += *y * *y, products += *x * *y;
    }
    const double spread = (squares_a - sum_a * sum_a / n) * (squares_b - sum_b * sum_b / n);
    return spread > 0 ? (products - sum_a * sum_b / n) / std::sqrt(spread) : 0.0;
  }

  const CsvTable& table_;
  int64_t target_;
};

int64_t find_target(const LookOptions& options, const CsvTable& table, DataLook& look) {
  if (!options.target.empty()) {
    const int64_t place = table.find(options.target);
    if (place < 0) throw UserError(ExitCode::usage, "--target: no column '" + options.target + "' in " + options.path);
    return place;
  }
  for (const char* usual : {"target", "label", "class", "y", "outcome"})
    for (int64_t column = 0; column < table.columns(); ++column) {
      std::string name = table.names()[static_cast<size_t>(column)];
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      if (name == usual) return column;
    }
  look.guesses.push_back(
      fmt::format("the last column, {}, is what to predict; another one: --target", table.names().back()));
  return table.columns() - 1;
}

bool find_task(const LookOptions& options, const Columns& columns, int64_t target, DataLook& look) {
  if (!options.task.empty()) return options.task == "classification";
  if (!columns.all_numbers(target)) return true;
  const int64_t kinds = columns.different(target);
  const bool classes = columns.whole_numbers(target) && kinds <= most_classes;
  if (kinds > 2)
    look.guesses.push_back(fmt::format("the {} {} numbers of the target are {}; otherwise: --task {}", kinds,
                                       kinds == 1 ? "" : "different", classes ? "classes" : "a quantity",
                                       classes ? "regression" : "classification"));
  return classes;
}

}  // namespace

void find_columns(const LookOptions& options, DataLook& look) {
  const CsvTable table = read_table(options.path, look);
  if (table.columns() < 2)
    throw UserError(ExitCode::usage, options.path + ": has one column; a table to learn from has inputs and a target");
  const int64_t target = find_target(options, table, look);
  const Columns columns(table, target);
  look.classification = find_task(options, columns, target, look);
  const bool named = std::find(look.keys.begin(), look.keys.end(), "header: false") == look.keys.end();
  const auto called = [&](int64_t column) {
    return quoted(named ? table.names()[static_cast<size_t>(column)] : std::to_string(column));
  };
  look.keys.insert(look.keys.begin(), {"path: " + quoted(options.path)});
  look.keys.push_back("target: " + called(target));
  if (const int64_t text = columns.text(); text >= 0 && look.classification) {
    look.kind = DataLook::Kind::text;
    look.keys.insert(look.keys.begin(), "type: text_table");
    look.keys.push_back("text: " + called(text));
    if (table.columns() > 2)
      look.guesses.push_back(fmt::format("the column {} is read as text, and the other columns are left out",
                                         table.names()[static_cast<size_t>(text)]));
    return;
  }
  look.keys.insert(look.keys.begin(), "type: csv");
  if (!look.classification) look.keys.push_back("target_scaling: standard");
  if (columns.series()) {
    look.kind = DataLook::Kind::series;
    look.guesses.push_back(
        "the columns of numbers are steps of one series, as their names count up and each is like "
        "the ones beside it");
  }
}

}  // namespace dlrun
