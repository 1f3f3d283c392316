// What the first row of a table is, and what columns without a name are.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/csv_table.h"

namespace dlrun {

// Throws UserError(bad_data) that tells all names that are given more than once.
void check_column_names(const std::string& path, const std::vector<std::string>& names);

// Throws UserError(bad_data) where the header holds values: it is like the first row below it in every column, numbers
// or dates where that has such, and not whole numbers going up, as names often are. One number alone is a name unless
// its column holds it too: the class beside a text. `below`: the cells of all rows.
void refuse_data_as_names(const std::string& path, std::span<const std::string_view> header,
                          std::span<const std::string_view> below);

// Columns without a name that say nothing: numbers of rows as pandas writes them, and what a separator at the end of
// every line leaves. Tells them, and other nameless ones by their place.
std::vector<int64_t> useless_columns(const CsvTable& table);

}  // namespace dlrun
