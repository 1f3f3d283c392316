// JSON Lines as a table, and several files as one.

#include <catch2/catch.hpp>

#include "data/csv_table.h"
#include "data/joined_tables.h"

#include "data/components.h"
#include "support.h"

namespace dlrun::json_table_test {
namespace {

using Texts = std::vector<std::string>;

std::string written(const test::TempDir& folder, const std::string& name, const std::string& text) {
  return folder.write(name, text);
}

Texts row(const CsvTable& table, int64_t number) {
  Texts cells;
  for (int64_t place = 0; place < table.columns(); ++place) cells.emplace_back(table.cell(number, place));
  return cells;
}

TEST_CASE("JSON Lines: keys are columns, numbers keep their digits, what is not there is empty") {
  const test::TempDir folder;
  const CsvTable table(written(folder, "t.jsonl",
                               "{\"a\": 1.50, \"name\": \"x, \\\"y\\\"\\n\\u00fc\"}\r\n\n"
                               "{\"name\":null,\"b\":true,\"a\":-3}\n{\"a\":1e-7,\"b\":false, \"name\": \" z \"}"),
                       {});
  CHECK(table.names() == Texts{"a", "name", "b"});
  REQUIRE(table.rows() == 3);
  CHECK(row(table, 0) == Texts{"1.50", "x, \"y\"\n\u00fc", ""});
  CHECK(row(table, 1) == Texts{"-3", "", "true"});
  CHECK(row(table, 2) == Texts{"1e-7", " z ", "false"});
  CHECK(table.line(1) == 3);
  CHECK(table.find("b") == 2);
}

TEST_CASE("JSON Lines that make no table are refused with their line") {
  const test::TempDir folder;
  const auto refused = [&](const std::string& text, const std::string& part) {
    const std::string file = written(folder, "t.ndjson", text);
    test::check_error([&] { CsvTable(file, {}); }, ExitCode::bad_data, part);
  };
  refused("", "is empty");
  refused("\n\n", "is empty");
  refused("{\"a\":1}\n{\"a\":[1,2]}\n", "line 2: holds a list in 'a'");
  refused("{\"a\":{\"b\":1}}\n", "line 1: holds an object in 'a'");
  refused("{\"a\":1}\n[1]\n", "line 2: holds a list; expected an object");
  refused("{\"a\":1}\n3\n", "line 2: holds a value alone");
  refused("{\"a\":1,\"a\":2}\n", "line 1: has the key 'a' twice");
  refused("{\"a\":1}\n{\"a\":NaN}\n", "line 2: is no JSON object (at character");
  refused("{\"a\":1} {\"a\":2}\n", "line 1: is no JSON object");
  refused("{}\n", "line 1: is an object without a key");
  refused("{\"a\":\"\xff\"}\n", "line 1: is not valid UTF-8");
}

TEST_CASE("files are joined by the names of their columns, and rows know their file") {
  const test::TempDir folder;
  CsvTable table(written(folder, "a.csv", "x,y\n1,2\n3,\"4\"\"\"\n"), {});
  CHECK(table.place(1) == "line 3");
  table.join(CsvTable(written(folder, "b.csv", "y;x\n6;\"5\"\"\"\n"), {}));
  table.join(CsvTable(written(folder, "c.csv", "x,y\n7,8\n"), {}));
  REQUIRE(table.rows() == 4);
  CHECK(row(table, 1) == Texts{"3", "4\""});
  CHECK(row(table, 2) == Texts{"5\"", "6"});
  CHECK(row(table, 3) == Texts{"7", "8"});
  CHECK(table.place(2) == folder / "b.csv line 2");
  CHECK(table.file(3) == folder / "c.csv");
  CHECK(table.full_place(0) == folder / "a.csv line 2");
  CHECK(table.path() == folder / "a.csv and 2 more files");

  const std::string other = written(folder, "d.csv", "x,z\n1,2\n"), json = written(folder, "e.jsonl", "{\"x\":1}\n");
  test::check_error([&] { table.join(CsvTable(other, {})); }, ExitCode::bad_data,
                    "d.csv: has not the columns of " + (folder / "a.csv") + ": lacks 'y', has 'z' beside them");
  test::check_error([&] { table.join(CsvTable(json, {})); }, ExitCode::bad_data, "is not of the kind of");
}

TEST_CASE("files of JSON Lines may lack keys of each other") {
  const test::TempDir folder;
  CsvTable table(written(folder, "a.jsonl", "{\"x\":1,\"y\":2}\n"), {});
  table.join(CsvTable(written(folder, "b.jsonl", "{\"z\":3,\"x\":4}\n"), {}));
  CHECK(table.names() == Texts{"x", "y", "z"});
  CHECK(row(table, 0) == Texts{"1", "2", ""});
  CHECK(row(table, 1) == Texts{"4", "", "3"});
}

TEST_CASE("paths and patterns mean files in a stated order") {
  const test::TempDir folder;
  for (const char* name : {"part-2.csv", "part-10.csv", "part-1.csv", "odd[1].csv", "other.txt"})
    written(folder, name, "a\n1\n");
  CHECK(table_files({folder / "part-*.csv"}, "data.path") ==
        Texts{folder / "part-1.csv", folder / "part-10.csv", folder / "part-2.csv"});
  CHECK(table_files({folder / "part-2.csv", folder / "part-1?.csv"}, "data.path") ==
        Texts{folder / "part-2.csv", folder / "part-10.csv"});
  CHECK(table_files({folder / "odd[1].csv"}, "data.path") == Texts{folder / "odd[1].csv"});  // a file that is there
  CHECK(table_files({folder / "none.csv"}, "data.path") == Texts{folder / "none.csv"});      // told when it is read
  test::check_error([&] { table_files({folder / "none*.csv"}, "data.path"); }, ExitCode::no_input,
                    "no file has a name");
  test::check_error(
      [&] {
        table_files({folder / "part-*.csv", folder / "part-1.csv"}, "data.path");
      },
      ExitCode::bad_recipe, "data.path: " + (folder / "part-1.csv") + " is there twice");
  CHECK(files_meant(folder / "none*.csv") == Texts{folder / "none*.csv"});
}

}  // namespace
}  // namespace dlrun::json_table_test
