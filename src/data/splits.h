// Which rows of one file become the validation or the test split.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spec/field.h"

namespace dlrun {

// Exactly one way: `split`, `folds`, `rows` or `every`.
struct SplitRule : Params {
  std::optional<double> split;
  bool stratify = false;
  std::optional<int64_t> folds;
  int64_t fold = 0;
  std::vector<int64_t> rows;
  std::optional<int64_t> every;
  int64_t offset = 0;
  std::optional<int64_t> seed;

  std::vector<Field> fields() override;
  std::vector<Relation> relations() const override;

 protected:
  // Names of the fields of which exactly one is given.
  virtual std::vector<std::string> ways() const { return {"split", "folds", "rows", "every"}; }
};

// The same, or another file.
struct FileSplitRule : SplitRule {
  std::optional<std::string> path;

  std::vector<Field> fields() override;

 protected:
  std::vector<std::string> ways() const override;
};

// The same, or the rows where a column holds a value.
struct TableSplitRule : FileSplitRule {
  std::optional<std::string> column, value;

  std::vector<Field> fields() override;
  std::vector<Relation> relations() const override;

 protected:
  std::vector<std::string> ways() const override;
};

struct SplitSource {
  std::string name;                 // "data.val", for messages
  int64_t file_rows = 0;            // row numbers of `rows` and `every` count in the whole file
  std::span<const int64_t> labels;  // class of every row of the file, below 0 for none; may be empty
  uint64_t seed = 0;                // of the run
  std::span<const int64_t>
      same;  // a number for every row of the file, one for all rows that are the same; may be empty
};

// Whether the rule draws rows by chance, so that take_rows looks at SplitSource::same.
bool draws(const SplitRule& rule);

// Takes the rows that `rule` names out of `left` (ascending) and gives them back, ascending. A pure function of its
// arguments. Where rows are drawn (split, folds), rows that are the same stay together, so that none is on both sides,
// and the last row of a class is left; the share is met as nearly as that allows. With `folds`, fold 0 to folds-1
// together are `left` before, but for rows that alone are a class. Throws UserError(bad_recipe) when nothing
// would be taken or nothing left, or a row does not exist.
std::vector<int64_t> take_rows(const SplitRule& rule, const SplitSource& source, std::vector<int64_t>& left);

}  // namespace dlrun
