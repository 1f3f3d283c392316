// Excel workbooks (.xlsx, ECMA-376) as delimited text.

#pragma once

#include <string>

namespace dlrun {

// By the ending of its name: .xlsx and .xlsm.
bool is_workbook(const std::string& path);

// A sheet as RFC 4180 with commas, a line for each of its rows, up to the last one that holds something: numbers with
// the digits they are stored with, dates by ISO 8601, truth values as true and false, of formulas the value that was
// computed last. `sheet` is its name; empty: the first one, which is told where there are others. Throws UserError:
// no_input; bad_data for what is no workbook or a damaged one, a sheet that is not there, a formula without a value,
// and a sheet without a cell.
std::string workbook_text(const std::string& path, const std::string& sheet = "");

}  // namespace dlrun
