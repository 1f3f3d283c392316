// Columns of tables as people have them: what is read as numbers, dates and categories, what is told, what is refused.

#include "data/column_look.h"

#include <catch2/catch.hpp>

#include "base/log.h"
#include "data/components.h"

namespace dlrun::column_look_test {
namespace {

using nlohmann::json;

struct Opened {
  std::vector<std::string> features;
  std::vector<double> input;  // of the training rows
  std::string log;
};

// A table of one column `x`, and a target that counts.
std::string table_of(const std::vector<std::string>& cells) {
  std::string text = "x;y\n";
  for (size_t i = 0; i < cells.size(); ++i) text += "\"" + cells[i] + "\";" + std::to_string(i) + "\n";
  return text;
}

Opened open(const std::vector<std::string>& cells, const json& more = json::object()) {
  test::TempDir dir;
  json recipe = {{"path", dir.write("t.csv", table_of(cells))}, {"target", "y"}, {"scaling", "none"}};
  recipe.update(more);
  open_log_file(dir / "log.txt");
  const Splits splits = test::dataset("csv", recipe)->open({});
  close_log_file();
  return {splits.info.features, test::reals(splits.train->gather(all_rows(splits.train->size()))["input"].flatten()),
          test::read_bytes(dir / "log.txt")};
}

std::vector<std::string> counted(int64_t count, const std::function<std::string(int64_t)>& cell) {
  std::vector<std::string> cells;
  for (int64_t i = 0; i < count; ++i) cells.push_back(cell(i));
  return cells;
}

std::string problem(const std::vector<std::string>& cells, const json& more = json::object()) {
  try {
    open(cells, more);
  } catch (const UserError& error) {
    close_log_file();
    CHECK(error.code() == ExitCode::bad_data);
    return error.what();
  }
  return "read";
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("words for no number among numbers are missing values, counted and told") {
  for (const char* word : {"None", "-", "n/a", "#N/A", "NAN", ".", "inf", "-nan"}) {
    const Opened opened = open(counted(40, [&](int64_t i) { return i % 8 == 3 ? word : std::to_string(i) + ".5"; }));
    INFO(word);
    CHECK(opened.features == std::vector<std::string>{"x"});
    CHECK(opened.input[0] == 0.5);
    CHECK(opened.input[3] == Approx(20.5));  // the median of the others
    CHECK(says(opened.log, "column 'x': 5 cells hold no number, '" + std::string(word) + "' the first of them"));
  }
}

TEST_CASE("numbers of another format are refused with the keys that read them, and read with them") {
  struct Case {
    std::function<std::string(int64_t)> cell;
    const char* keys;
    json more;
    double second;
  };
  const std::vector<Case> cases = {
      {[](int64_t i) { return std::to_string(i) + ",5"; }, "data.decimal: comma", {{"decimal", "comma"}}, 1.5},
      {[](int64_t i) { return std::to_string(i + 1) + ",250,000"; },
       "data.thousands: comma",
       {{"thousands", "comma"}},
       2250000},
      {[](int64_t i) { return std::to_string(i) + " %"; }, "data.affixes: [\"%\"]", {{"affixes", {"%"}}}, 1},
      {[](int64_t i) { return "$" + std::to_string(i) + ".25"; }, "data.affixes: [\"$\"]", {{"affixes", {"$"}}}, 1.25},
      {[](int64_t i) { return std::to_string(i) + " kg"; }, "data.affixes: [\"kg\"]", {{"affixes", {"kg"}}}, 1},
  };
  for (const Case& c : cases) {
    INFO(c.keys);
    const std::vector<std::string> cells = counted(40, c.cell);
    CHECK(says(problem(cells), "line 2: column 'x': \"" + cells[0] + "\" is a number with " + c.keys));
    const Opened opened = open(cells, c.more);
    CHECK(opened.features.size() == 1);
    CHECK(opened.input[1] == c.second);
  }
  // What no exponent letter and no sign of Unicode keeps from being a number needs no key.
  CHECK(open(counted(40, [](int64_t i) { return "\xE2\x88\x92" + std::to_string(i) + "D+01"; })).input[3] == -30);
  // Numbers of two units are not one column.
  CHECK(says(problem(counted(40, [](int64_t i) { return std::to_string(i) + (i % 2 ? " g" : " kg"); })),
             "its numbers carry different texts (\"g\", \"kg\")"));
  CHECK(says(problem(counted(40, [](int64_t i) { return std::to_string(i) + (i % 2 ? " g" : " kg"); }),
                     {{"affixes", {"g", "kg"}}}),
             "its numbers carry different texts"));
}

TEST_CASE("a column that is mostly numbers is no category for each of them") {
  const auto mixed = [](const char* other, int64_t every) {
    return counted(60, [=](int64_t i) { return i % every == 0 ? other : std::to_string(i); });
  };
  CHECK(says(problem(mixed("abc", 10)),
             "line 2: column 'x': holds \"abc\", no finite number, in a column where 54 of "
             "60 cells are numbers; mend them, add"));
  CHECK(says(problem(mixed("abc", 3)), "in a column where 40 of 60 cells are numbers"));
  CHECK(open(mixed("abc", 10), {{"missing", {{"values", {"abc"}}}}}).features.size() == 1);
  CHECK(open(mixed("abc", 10), {{"categorical", {"x"}}}).features.size() == 55);
  // A few categories are a few categories, and told.
  const Opened few = open(counted(60, [](int64_t i) { return i % 4 == 3 ? "4+" : std::to_string(i % 4); }));
  CHECK(few.features.size() == 4);
  CHECK(says(few.log, "is read as 4 categories although most of its cells are numbers"));
  // Codes are no numbers.
  CHECK(open(counted(60, [](int64_t i) {
          return std::string(1, static_cast<char>('A' + i % 3)) + "7";
        })).features.size() == 3);
}

TEST_CASE("names are told, since each becomes an input of its own") {
  const Opened names = open(counted(60, [](int64_t i) {
    return "person " + std::string(1, static_cast<char>('a' + i / 26)) +
           std::string(1, static_cast<char>('a' + i % 26));
  }));
  CHECK(names.features.size() == 60);
  CHECK(says(names.log, "column 'x': 60 different texts in 60 rows, as \"person aa\" in line 2"));
}

TEST_CASE("dates become numbers, and this is told") {
  const auto day = [](int64_t i) { return "2024-01-" + std::string(i < 9 ? "0" : "") + std::to_string(i + 1); };
  const Opened dates = open(counted(30, day));
  CHECK(dates.features == std::vector<std::string>{"x.elapsed"});
  CHECK(dates.input[1] - dates.input[0] == 1.0);
  CHECK(says(dates.log, "column 'x' holds dates, read as elapsed"));
  const Opened parts = open(counted(30, day), {{"dates", {"x"}}, {"date_parts", {"weekday", "day"}}});
  CHECK(parts.features == std::vector<std::string>{"x.weekday", "x.day"});
  CHECK(parts.input[0] == 0);  // 1 January 2024 was a Monday
  CHECK(parts.input[3] == 2);
  CHECK(parts.log.empty());
  CHECK(open(counted(30, day), {{"categorical", {"x"}}}).features.size() == 30);
  CHECK(says(problem(counted(12, [](int64_t i) { return "0" + std::to_string(i % 9 + 1) + "/02/2024"; })),
             "say data.date_order: day_first or month_first"));
  CHECK(open({"01/02/2024", "03/02/2024"}, {{"date_order", "month_first"}, {"dates", {"x"}}}).input[1] - 19724 == 60);
  // A day that does not exist is no date.
  std::vector<std::string> cells = counted(30, day);
  cells[4] = "2024-02-30";
  CHECK(says(problem(cells, {{"dates", {"x"}}}), "line 6: column 'x': expected a date, got \"2024-02-30\""));
}

TEST_CASE("all columns that cannot be read are told at once") {
  test::TempDir dir;
  std::string text = "a;b;c;y\n";
  for (int64_t i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    text += n + ",5;" + n + "%;" + n + ";" + n + "\n";
  }
  const auto dataset = test::dataset("csv", {{"path", dir.write("t.csv", text)}, {"target", "y"}});
  test::check_error([&] { dataset->open({}); }, ExitCode::bad_data,
                    "column 'a': \"0,5\" is a number with data.decimal");
  test::check_error([&] { dataset->open({}); }, ExitCode::bad_data, "column 'b': \"0%\" is a number with data.affixes");
}

}  // namespace dlrun::column_look_test
