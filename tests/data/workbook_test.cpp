// Excel workbooks as tables: what pandas 2 reads of files that XlsxWriter and openpyxl wrote (golden/data/workbook.py).

#include "data/workbook.h"

#include <archive.h>
#include <archive_entry.h>

#include <catch2/catch.hpp>

#include "data/components.h"
#include "data/csv_table.h"
#include "support.h"

namespace dlrun::workbook_test {
namespace {

using Texts = std::vector<std::string>;

std::string golden(const std::string& name) { return (test::source_dir() / "tests/golden/data" / name).string(); }

Texts row_of(const CsvTable& table, int64_t row) {
  Texts cells;
  for (int64_t place = 0; place < table.columns(); ++place) cells.emplace_back(table.cell(row, place));
  return cells;
}

// A zip archive of these parts.
std::string written(const test::TempDir& folder, const std::vector<std::pair<std::string, std::string>>& parts) {
  const std::string path = folder / "t.xlsx";
  archive* zip = archive_write_new();
  archive_write_set_format_zip(zip);
  REQUIRE(archive_write_open_filename(zip, path.c_str()) == ARCHIVE_OK);
  for (const auto& [name, text] : parts) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<int64_t>(text.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(zip, entry);
    archive_write_data(zip, text.data(), text.size());
    archive_entry_free(entry);
  }
  archive_write_close(zip);
  archive_write_free(zip);
  return path;
}

const std::string workbook_xml =
    "<workbook xmlns:r='r'><sheets><sheet name='A' sheetId='1' r:id='rId1'/></sheets></workbook>";
const std::string relations_xml =
    "<Relationships><Relationship Id='rId1' Target='worksheets/sheet1.xml'/></Relationships>";

std::string with_rows(const test::TempDir& folder, const std::string& rows) {
  return written(folder, {{"xl/workbook.xml", workbook_xml},
                          {"xl/_rels/workbook.xml.rels", relations_xml},
                          {"xl/worksheets/sheet1.xml", "<worksheet><sheetData>" + rows + "</sheetData></worksheet>"}});
}

TEST_CASE("a sheet of a workbook is the table that pandas reads") {
  const CsvTable table(golden("workbook.xlsx"), {.sheet = "My data"});
  CHECK(table.names() == Texts{"id", "name", "price", "day", "at", "ok", "sum", "note"});
  REQUIRE(table.rows() == 4);
  CHECK(row_of(table, 0) == Texts{"1", "a, \"b\"", "0.1", "2024-01-31", "2024-01-31 13:45:01", "true", "2", "x"});
  CHECK(row_of(table, 1) ==
        Texts{"2", "zwei\nZeilen", "9.999999999999999E-21", "1900-01-01", "1999-12-31", "false", "4", ""});
  CHECK(row_of(table, 2) ==
        Texts{"4", "\u00fc", "-1234567.25", "1900-03-01", "2100-02-28 23:59:59", "true", "#DIV/0!", "y"});
  CHECK(row_of(table, 3) == Texts{"5", "rich text", "", "", "", "", "", "last"});

  const CsvTable other(golden("other_calendar.xlsx"), {});
  REQUIRE(other.rows() == 2);
  CHECK(row_of(other, 0) == Texts{"2024-02-29"});
  CHECK(row_of(other, 1) == Texts{"1904-01-02"});

  const CsvTable plain(golden("plain.xlsx"), {});
  CHECK(plain.names() == Texts{"x", "y", "when", "both"});
  REQUIRE(plain.rows() == 3);
  CHECK(row_of(plain, 0) == Texts{"0", "t0", "2020-05-17 06:00:00", "merged"});
  CHECK(row_of(plain, 1) == Texts{"0.3333333333333333", "t1", "2020-05-17 06:30:00", ""});
}

TEST_CASE("a row of a sheet is its line, in messages too") {
  test::TempDir folder;
  const CsvTable table(
      with_rows(folder,
                "<row r='2'><c r='B2' t='inlineStr'><is><t>a</t></is></c><c r='C2' t='str'><v>b</v></c>"
                "</row><row r='5'><c r='B5'><v>1</v></c></row><row><c><v/></c><c><v>2</v></c></row>"),
      {});
  CHECK(table.names() == Texts{"column_0", "a", "b"});
  REQUIRE(table.rows() == 2);
  CHECK(row_of(table, 0) == Texts{"", "1", ""});
  CHECK(table.line(0) == 5);
  CHECK(table.line(1) == 6);
}

TEST_CASE("what is no workbook, or a damaged one, is refused by its place") {
  test::TempDir folder;
  const auto refused = [&](const std::string& path, const std::string& part, const std::string& sheet = "") {
    INFO(part);
    test::check_error([&] { CsvTable(path, {.sheet = sheet}); }, ExitCode::bad_data, part);
  };
  refused(golden("never_computed.xlsx"), "E2: is a formula whose value was never computed");
  refused(golden("workbook.xlsx"), "holds no sheet 'Other' (data.sheet); it has: Cover, My data", "Other");
  refused(written(folder, {{"word/document.xml", "<a/>"}}),
          "is no Excel workbook (.xlsx): it holds no xl/workbook.xml");
  refused(written(folder, {{"xl/workbook.xml", "<workbook><sheets/></workbook>"}}), "holds no sheets");
  refused(written(folder, {{"xl/workbook.xml", "<workbook><she"}}), "xl/workbook.xml is damaged at byte");
  refused(written(folder, {{"xl/workbook.xml", workbook_xml}}), "holds no xl/_rels/workbook.xml.rels, which it names");
  refused(written(folder, {{"xl/workbook.xml", workbook_xml}, {"xl/_rels/workbook.xml.rels", "<Relationships/>"}}),
          "does not say where its sheet 'A' is");
  refused(written(folder, {{"xl/workbook.xml", workbook_xml}, {"xl/_rels/workbook.xml.rels", relations_xml}}),
          "holds no xl/worksheets/sheet1.xml, which it names");
  refused(with_rows(folder, ""), "the sheet 'A' holds no cell");
  refused(with_rows(folder, "<row r='1'><c r='A1' t='s'><v>3</v></c></row>"), "A1: is text number 3 of 0");
  refused(with_rows(folder, "<row r='1'><c r='1A'><v>1</v></c></row>"), "row 1: '1A' is no cell of a sheet");
  refused(with_rows(folder, "<row r='1'><c r='ZZZZ1'><v>1</v></c></row>"), "'ZZZZ1' is no cell of a sheet");
  refused(with_rows(folder, "<row r='99999999999'><c r='A1'><v>1</v></c></row>"), "is none of a sheet");
  const std::string path = folder.write("t.xlsx", "PK no zip");
  test::check_error([&] { CsvTable(path, {}); }, ExitCode::bad_data, "t.xlsx");
  test::check_error([&] { CsvTable(folder / "none.xlsx", {}); }, ExitCode::no_input, "none.xlsx");
}

TEST_CASE("rows that lie far apart and backwards take no more than they hold") {
  test::TempDir folder;
  const CsvTable table(with_rows(folder,
                                 "<row r='1'><c r='A1' t='str'><v>x</v></c></row><row r='1048576'><c r='A9'>"
                                 "<v>7</v></c></row>"),
                       {});
  REQUIRE(table.rows() == 1);
  CHECK(table.line(0) == 1048576);
  test::check_error(
      [&] {
        CsvTable(with_rows(folder, "<row r='7'><c r='A7'><v>1</v></c></row><row r='2'><c r='A2'><v>2</v></c></row>"),
                 {.header = false});
      },
      ExitCode::bad_data, "row 2 comes after row 7");
}

TEST_CASE("the reader of tables takes the sheet that data.sheet names") {
  const auto open = [](const nlohmann::json& more) {
    nlohmann::json values = {
        {"path", golden("workbook.xlsx")}, {"sheet", "My data"}, {"target", "id"}, {"drop", {"sum"}}};
    values.update(more);
    return test::dataset("csv", values)->open({});
  };
  const Splits splits = open(nlohmann::json::object());
  REQUIRE(splits.train->size() == 4);
  const std::vector<int64_t> all = {0, 1, 2, 3};
  CHECK(splits.train->gather(all)["target"].flatten().equal(at::tensor({1.0f, 2.0f, 4.0f, 5.0f})));
  test::check_error([&] { open({{"separator", "comma"}}); }, ExitCode::bad_recipe, "data.separator");
  test::TempDir folder;
  const std::string csv = folder.write("t.csv", "id,x\n1,2\n");
  test::check_error([&] { open({{"path", csv}}); }, ExitCode::bad_recipe, "data.sheet");
}

}  // namespace
}  // namespace dlrun::workbook_test
