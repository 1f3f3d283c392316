// Parquet, Arrow and Feather as tables: what pyarrow 25 and pandas 3 wrote (golden/data/arrow.py).

#include "data/arrow_table.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "data/components.h"
#include "data/csv_table.h"
#include "support.h"

namespace dlrun::arrow_table_test {
namespace {

using Texts = std::vector<std::string>;

std::string golden(const std::string& name) { return (test::source_dir() / "tests/golden/data/arrow" / name).string(); }

// Without the plugin, the test is skipped.
bool plugin_is_there() {
  try {
    require_arrow_plugin("t.parquet");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::no_input);
    CHECK_THAT(error.what(), Catch::StartsWith("t.parquet: ") && Catch::Contains("pyarrow==25.0"));
    test::skip("no libdlrun_arrow.so in this build");
    return false;
  }
  return true;
}

Texts column_of(const CsvTable& table, const std::string& name) {
  Texts cells;
  const int64_t place = table.find_name(name);
  REQUIRE(place >= 0);
  for (int64_t row = 0; row < table.rows(); ++row) cells.emplace_back(table.cell(row, place));
  return cells;
}

// A line for each row, as RFC 4180.
std::string as_csv(const CsvTable& table) {
  std::string text;
  const auto add = [&](const auto& cells) {
    for (size_t i = 0; i < cells.size(); ++i) text += (i > 0 ? "," : "") + std::string(cells[i]);
    text += '\n';
  };
  add(table.names());
  for (int64_t row = 0; row < table.rows(); ++row) {
    Texts cells;
    for (int64_t place = 0; place < table.columns(); ++place) cells.emplace_back(table.cell(row, place));
    add(cells);
  }
  return text;
}

TEST_CASE("columns of every type are the cells that they say, whatever packs them") {
  if (!plugin_is_there()) return;
  const auto expected = nlohmann::ordered_json::parse(test::read_bytes(golden("cells.json")));
  for (const char* name : {"none.parquet", "snappy.parquet", "gzip.parquet", "brotli.parquet", "zstd.parquet",
                           "lz4.parquet", "old.parquet", "lz4.feather", "file.arrow", "stream.arrow"}) {
    INFO(name);
    const CsvTable table(golden(name), {});
    REQUIRE(table.rows() == 4);
    CHECK(table.line(3) == 4);
    CHECK(table.place(3) == "row 4");
    CHECK(table.full_place(0) == golden(name) + " row 1");
    Texts names;
    for (const auto& [column, cells] : expected.at("cells").items()) {
      const bool old = std::string_view(name) == "old.parquet";
      if (old && (column == "half" || column == "took" || column == "count")) continue;
      names.push_back(column);
      INFO(column);
      Texts wanted = cells.get<Texts>();
      if (old && column == "nothing") continue;
      if (old && column == "zoned")  // which is not said in such files
        wanted = {"1970-01-01", "1970-01-01 00:00:01.5", "", "1970-01-02"};
      CHECK(column_of(table, column) == wanted);
    }
    CHECK(table.names() == names);
  }
}

TEST_CASE("a table of Parquet is the one of CSV: tensors, splits, what was fitted") {
  if (!plugin_is_there()) return;
  const CsvTable table(golden("many.parquet"), {});
  REQUIRE(table.rows() == 20000);
  test::TempDir folder;
  const std::string csv = folder.write("many.csv", as_csv(table));
  const auto open = [](const std::string& path) {
    return test::dataset("csv",
                         {{"path", path}, {"target", "price"}, {"val", {{"split", 0.2}}}, {"test", {{"split", 0.1}}}})
        ->open({});
  };
  const Splits one = open(golden("many.parquet")), other = open(csv);
  CHECK(one.info.fitted == other.info.fitted);
  for (const auto& [a, b] :
       {std::pair(one.train, other.train), std::pair(one.val, other.val), std::pair(one.test, other.test)}) {
    REQUIRE(a->size() == b->size());
    std::vector<int64_t> rows(static_cast<size_t>(a->size()));
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int64_t>(i);
    CHECK(a->gather(rows)["input"].equal(b->gather(rows)["input"]));
    CHECK(a->gather(rows)["target"].equal(b->gather(rows)["target"]));
  }
}

TEST_CASE("an index of pandas is no column, and data.columns gives other names") {
  if (!plugin_is_there()) return;
  CHECK(CsvTable(golden("indexed.parquet"), {}).names() == Texts{"x", "y"});
  CHECK(CsvTable(golden("indexed.parquet"), {.use_names = false}).names() == Texts{"column_0", "column_1"});
  test::check_error(
      [] {
        test::dataset("csv", {{"path", golden("indexed.parquet")}, {"target", "x"}, {"header", true}})->open({});
      },
      ExitCode::bad_recipe, "data.header");
}

TEST_CASE("Parquet and Feather are joined, with CSV they are not") {
  if (!plugin_is_there()) return;
  CsvTable table(golden("snappy.parquet"), {});
  table.join(CsvTable(golden("lz4.feather"), {}));
  CHECK(table.rows() == 8);
  CHECK(table.place(4) == golden("lz4.feather") + " row 1");
  test::TempDir folder;
  const std::string csv = folder.write("t.csv", "x,y\n1,2\n");
  test::check_error([&] { table.join(CsvTable(csv, {})); }, ExitCode::bad_data, "make no table together");
}

TEST_CASE("what holds no table is refused, with the file and the reason") {
  if (!plugin_is_there()) return;
  const auto refused = [](const std::string& path, const std::string& part) {
    INFO(part);
    test::check_error([&] { CsvTable(path, {}); }, ExitCode::bad_data, path + ": ");
    test::check_error([&] { CsvTable(path, {}); }, ExitCode::bad_data, part);
  };
  refused(golden("no_rows.parquet"), "has no rows");
  refused(golden("only_lists.parquet"), "has no column of numbers, texts or dates");
  refused(golden("twice.parquet"), "'x' twice");
  refused(golden("zero.parquet"), "row 2: column 'x' holds a zero byte");
  refused(golden("latin.parquet"), "column 'x'");
  refused(golden("encrypted.parquet"), "is an encrypted Parquet file");
  refused(golden("encrypted_column.parquet"), "encrypted");
  test::TempDir folder;
  refused(folder.write("a.parquet", ""), "is empty, expected a table");
  refused(folder.write("b.parquet", "x,y\n1,2\n"), "is no Parquet, Arrow or Feather file");
  refused(folder.write("c.feather", "FEA1...."), "is Feather of version 1");
  refused(folder.write("d.parquet", "PAR1"), "cut short");
  refused(folder.write("e.arrow", "ARROW1"), "cut short");
  refused(folder.write("f.arrow", std::string(8, '\xFF')), "cut short");
  test::check_error([&] { CsvTable(folder / "none.parquet", {}); }, ExitCode::no_input, "no such file");
  test::check_error([&] { CsvTable(folder / "", {}); }, ExitCode::no_input, "");
}

TEST_CASE("files that are cut short or changed anywhere are read or refused") {
  if (!plugin_is_there()) return;
  test::TempDir folder;
  Random random(1, 0);
  int read = 0, refused = 0;
  const auto look = [&](const std::string& name, const std::string& bytes) {
    const std::string path = folder.write(name, bytes);
    try {
      CsvTable table(path, {});
      ++read;
    } catch (const UserError& error) {
      REQUIRE(error.code() == ExitCode::bad_data);
      REQUIRE_THAT(error.what(), Catch::StartsWith(path + ": "));
      ++refused;
    }
  };
  for (const char* name :
       {"none.parquet", "zstd.parquet", "gzip.parquet", "lz4.feather", "file.arrow", "stream.arrow"}) {
    INFO(name);
    const std::string whole = test::read_bytes(golden(name));
    for (int i = 0; i < 40; ++i) look(name, whole.substr(0, random.below(whole.size())));
    for (int i = 0; i < 80; ++i) {
      std::string changed = whole;
      const size_t flips = 1 + random.below(3);
      for (size_t k = 0; k < flips; ++k) {
        // Half of them in the last eighth, where Parquet and Arrow say what is where.
        const size_t from = i % 2 == 0 ? 0 : whole.size() - whole.size() / 8;
        changed[from + random.below(whole.size() - from)] ^= static_cast<char>(1 << random.below(8));
      }
      look(name, changed);
    }
  }
  CHECK(read > 20);
  CHECK(refused > 200);
}

TEST_CASE("what is written is read back, nulls and all") {
  if (!plugin_is_there()) return;
  const std::vector<WrittenColumn> columns = {
      {"number", std::vector<double>{0.1, 0, -1e300}, {1, 0, 1}},
      {"whole", std::vector<int64_t>{1, 2, -3}, {1, 1, 1}},
      {"true", std::vector<uint8_t>{1, 0, 0}, {1, 1, 0}},
      {"text", std::vector<std::string>{"a, \"b\"", "\u00fc", "two\nlines"}, {1, 1, 1}},
  };
  test::TempDir folder;
  for (const char* name : {"t.parquet", "t.feather", "t.arrow"}) {
    INFO(name);
    const CsvTable table(folder.write(name, arrow_file(name, columns)), {});
    CHECK(table.names() == Texts{"number", "whole", "true", "text"});
    CHECK(column_of(table, "number") == Texts{"0.1", "", "-1e+300"});
    CHECK(column_of(table, "whole") == Texts{"1", "2", "-3"});
    CHECK(column_of(table, "true") == Texts{"true", "false", ""});
    CHECK(column_of(table, "text") == Texts{"a, \"b\"", "\u00fc", "two\nlines"});
  }
}

}  // namespace
}  // namespace dlrun::arrow_table_test
