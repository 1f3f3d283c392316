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
  for (const char* columns : {"out.parquet", "OUT.Feather", "out.arrow"}) {
    CHECK(!table_separator(columns).has_value());
    CHECK(is_arrow_table(columns));
  }
  for (const char* other : {"out.xlsx", "out.npz"})
    test::check_error([&] { table_separator(other); }, ExitCode::usage,
                      "are written as .csv, .tsv, .jsonl or .parquet");
}

TEST_CASE("columns of predictions are numbers where all of their values are, and text otherwise") {
  const std::vector<WrittenColumn> columns =
      table_columns({{{"index", 3}, {"probability", 0.5}, {"true", true}, {"mixed", 1}, {"rate", 2}},
                     {{"index", -1},
                      {"probability", nullptr},
                      {"true", false},
                      {"mixed", "b"},
                      {"rate", 0.5},
                      {"late", {1.5, 2.5}}}});
  REQUIRE(columns.size() == 7);
  const auto is = [&](size_t place, const char* name, const auto& values, const std::vector<uint8_t>& known) {
    INFO(name);
    CHECK(columns[place].name == name);
    CHECK(columns[place].known == known);
    const auto* held = std::get_if<std::decay_t<decltype(values)>>(&columns[place].values);
    REQUIRE(held);
    CHECK(*held == values);
  };
  is(0, "index", std::vector<int64_t>{3, -1}, {1, 1});
  is(1, "probability", std::vector<double>{0.5, 0}, {1, 0});
  is(2, "true", std::vector<uint8_t>{1, 0}, {1, 1});
  is(3, "mixed", std::vector<std::string>{"1", "b"}, {1, 1});
  is(4, "rate", std::vector<double>{2, 0.5}, {1, 1});
  is(5, "late.0", std::vector<double>{0, 1.5}, {0, 1});
  is(6, "late.1", std::vector<double>{0, 2.5}, {0, 1});
}

TEST_CASE("words of a command survive a shell") {
  CHECK(shell_word("runs/a-1_b.2") == "runs/a-1_b.2");
  CHECK(shell_word("my runs/first") == "'my runs/first'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("$HOME") == "'$HOME'");
}

}  // namespace dlrun::prediction_table_test
