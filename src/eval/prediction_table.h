// Predictions as a table that every program of tables reads.

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace dlrun {

// The separator of the table that a file's ending asks for (.csv, .tsv); nothing where it asks for JSON Lines (.jsonl,
// .ndjson, .json, .txt, none). Throws UserError(usage) for endings of tables that are not written, with those that are.
std::optional<char> table_separator(const std::string& path);

// A row for each record below a row of names, RFC 4180 with LF. What a record holds by name or in a list becomes
// columns: "probabilities.cat", "value.price". A record that lacks a column leaves its cell empty.
std::string table_text(const std::vector<nlohmann::ordered_json>& records, char separator);

}  // namespace dlrun
