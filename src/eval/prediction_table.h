// Predictions as a table that every program of tables reads.

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/arrow_table.h"

namespace dlrun {

// The separator of the table that a file's ending asks for (.csv, .tsv); nothing where it asks for JSON Lines (.jsonl,
// .ndjson, .json, .txt, none) or what is_arrow_table(). Throws UserError(usage) for endings of tables that are not
// written, with those that are.
std::optional<char> table_separator(const std::string& path);

// A row for each record below a row of names, RFC 4180 with LF. What a record holds by name or in a list becomes
// columns: "probabilities.cat", "value.price". A record that lacks a column leaves its cell empty.
std::string table_text(const std::vector<nlohmann::ordered_json>& records, char separator);

// The same columns for a Parquet, Arrow or Feather file (data/arrow_table.h): whole numbers, numbers or truth values
// where all values of a column are such, otherwise text; null and what a record lacks has no value.
std::vector<WrittenColumn> table_columns(const std::vector<nlohmann::ordered_json>& records);

}  // namespace dlrun
