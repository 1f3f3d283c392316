// Predictions as a table: what csv readers of other programs take apart again.

#include "eval/prediction_table.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/shell.h"
#include "data/components.h"
#include "data/csv_table.h"

namespace dlrun::prediction_table_test {

TEST_CASE("predictions in a table are what the records hold, whatever is in their texts") {
  const std::vector<nlohmann::ordered_json> records = {
      {{"sample", "a, b.csv line 2"},
       {"class", "5\" pipe"},
       {"probabilities", {{"5\" pipe", 0.75}, {"hose", 0.25}}},
       {"value", {1.5, 2}}},
      {{"sample", "two\nlines"}, {"class", "hose"}, {"true", true}, {"note", nullptr}},
  };
  for (const char separator : {',', '\t'}) {
    const test::TempDir dir;
    const CsvTable table(dir.write("p.csv", table_text(records, separator)), {.separator = separator});
    CHECK(table.names() == std::vector<std::string>{"sample", "class", "probabilities.5\" pipe", "probabilities.hose",
                                                    "value.0", "value.1", "true", "note"});
    const auto row = [&](int64_t i) {
      std::vector<std::string> cells;
      for (int64_t k = 0; k < table.columns(); ++k) cells.emplace_back(table.cell(i, k));
      return cells;
    };
    REQUIRE(table.rows() == 2);
    CHECK(row(0) == std::vector<std::string>{"a, b.csv line 2", "5\" pipe", "0.75", "0.25", "1.5", "2", "", ""});
    CHECK(row(1) == std::vector<std::string>{"two\nlines", "hose", "", "", "", "", "true", ""});
  }
}

TEST_CASE("the ending of a file says how predictions are written") {
  CHECK(table_separator("out.csv") == ',');
  CHECK(table_separator("a.b/OUT.TSV") == '\t');
  for (const char* lines : {"", "out.jsonl", "folder.csv/", "/dev/stdout", "out"})
    CHECK(!table_separator(lines).has_value());
  for (const char* other : {"out.parquet", "out.xlsx", "out.npz"})
    test::check_error([&] { table_separator(other); }, ExitCode::usage, "are written as .csv, .tsv or .jsonl");
}

TEST_CASE("words of a command survive a shell") {
  CHECK(shell_word("runs/a-1_b.2") == "runs/a-1_b.2");
  CHECK(shell_word("my runs/first") == "'my runs/first'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("$HOME") == "'$HOME'");
}

}  // namespace dlrun::prediction_table_test
