// A table's columns as the inputs of a file: what the encoder does with cells, as operators in front of the network.

#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "data/source.h"
#include "data/table_encoder.h"
#include "export/onnx_parity.h"
#include "onnx/model.h"

namespace dlrun {

// The cells of some rows, by name of the input: doubles [n, 1], NaN for what is missing, and strings.
struct TableCells {
  std::map<std::string, at::Tensor> numbers;
  std::map<std::string, std::vector<std::string>> texts;
};

class TableFront {
 public:
  // Throws UserError(bad_recipe) for columns that no operators of ONNX read: dates and formulas.
  explicit TableFront(TableEncoder encoder);

  // "input" and the fields of ids are then made of one input for each column, [batch, 1]: double for numbers, strings
  // for categories (ai.onnx.ml.LabelEncoder), both named like the column, or "column.<name>" where the model has a
  // value of that name, which is told. What predict refuses (missing.*: error and drop_row, unknown_category: error)
  // answers NaN.
  void put_before(OnnxModel& model);
  // Rows of a table as those inputs take them. Numbers are read in the encoder's format; what is no number is NaN.
  TableCells cells(const SourceRows& rows, std::span<const int64_t> samples) const;

 private:
  TableEncoder encoder_;
  std::vector<std::string> inputs_;  // names, by column of the encoder
};

// Compares what the file makes of cells with what the network makes of the encoded rows, on samples of the split, whose
// rows are kept as they were written. Throws as check_parity() does. `file`: the model as it was read back.
ParityReport check_cells(const ParityRequest& request, const TableFront& front, OnnxModel file);

}  // namespace dlrun
