// Splits of encoded rows of a table.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/csv_table.h"
#include "data/source.h"
#include "data/table_encoder.h"
#include "data/table_oddities.h"
#include "data/tensor_split.h"

namespace dlrun {

using SharedTable = std::shared_ptr<const CsvTable>;

// What a batch holds beside targets: "input", and a field of ids for each column that is one. Rows of several tables,
// one table after the other.
TensorSplit::Fields input_fields(const TableEncoder& encoder, std::span<const EncodedRows> parts);

// The cells of the columns that say which row it is. A table that lacks one of them is refused.
std::vector<CarriedColumn> carried_columns(const std::vector<std::string>& names, const CsvTable& table,
                                           std::span<const int64_t> rows);

// Columns that are no input.
struct ColumnsBeside {
  std::vector<std::string> targets;   // to predict, so that the rows are kept as they were written; none: they are not
  std::vector<std::string> id;        // to carry
  std::optional<std::string> weight;  // how much each row counts: the field "weight"
};

// Throws UserError(bad_data) for a weight that is no number from 0 up.
std::shared_ptr<Split> encoded_split(const char* name, const TableEncoder& encoder, const SharedTable& table,
                                     const std::vector<int64_t>& rows, const ColumnsBeside& beside,
                                     TableOddities& oddities);

// What new tables say the answers are: all rows of all of them, or none, which is told where some have them.
TensorSplit::Fields truth_of(const TableEncoder& encoder, const std::vector<CsvTable>& tables);

}  // namespace dlrun
