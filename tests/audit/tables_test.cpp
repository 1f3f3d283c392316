// DataFindings about tables: each is provoked by a table made for it, with exact counts, and a clean table is silent.

#include <fmt/format.h>

#include <set>

#include "audit/findings.h"
#include "base/random.h"

namespace dlrun::tables_test {
namespace {

using nlohmann::json;
using test::audited_table;

// Sixty rows with numbers in random order, a category, a person, a day; the last twelve are the test split. Class and
// number to predict depend on the columns only loosely.
struct Table {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> names = {"a", "b", "colour", "person", "day", "s", "y"};

  Table() {
    const std::vector<int64_t> mixed = permutation(60, 3, 1), other = permutation(60, 4, 1);
    for (int64_t i = 0; i < 60; ++i)
      rows.push_back({fmt::format("{}", static_cast<double>(mixed[static_cast<size_t>(i)]) + 0.37),
                      fmt::format("{}", static_cast<double>(other[static_cast<size_t>(i)] * 2) + 0.25),
                      mixed[static_cast<size_t>(i)] % 3 ? "red" : "blue", fmt::format("p{}", i / 4),
                      fmt::format("2024-0{}-{:02}", 1 + i / 20, 1 + i % 20), i < 48 ? "a" : "b",
                      other[static_cast<size_t>(i)] % 2 ? "1" : "0"});
  }
  std::string text() const {
    std::string text;
    for (size_t c = 0; c < names.size(); ++c) text += (c ? "," : "") + names[c];
    for (const auto& row : rows)
      for (size_t c = 0; c < row.size(); ++c) text += (c ? "," : "\n") + row[c];
    return text + "\n";
  }
  Table& add(const std::string& name, const std::function<std::string(size_t)>& cell) {
    names.insert(names.begin(), name);
    for (size_t i = 0; i < rows.size(); ++i) rows[i].insert(rows[i].begin(), cell(i));
    return *this;
  }
};

const json drop = {{"drop", {"person", "day"}}};

}  // namespace

TEST_CASE("a clean table raises no alarm, whatever is to be predicted") {
  const json settings = {{"group_column", "person"}, {"time_column", "day"}};
  CHECK(audited_table(Table().text(), settings, true, drop).alarms().empty());
  CHECK(audited_table(Table().text(), settings, false, drop).alarms().empty());
}

TEST_CASE("rows in two splits are an error, or a note where they are allowed") {
  Table table;
  for (size_t i = 0; i < 3; ++i) table.rows[50 + i] = table.rows[10 + i];
  for (size_t i = 0; i < 3; ++i) table.rows[50 + i][5] = "b";
  table.rows[52][6] = table.rows[52][6] == "1" ? "0" : "1";
  const DataFinding found = audited_table(table.text(), json::object(), true, drop).only("exact_overlap");
  CHECK(found.gravity == Gravity::error);
  CHECK(found.what == "3 of 12 test samples are also in train, 1 of them under another label");
  REQUIRE(found.examples.size() == 3);
  CHECK(found.examples[0].samples[0].name.ends_with("line 52"));
  CHECK(found.examples[0].samples[1].name.ends_with("line 12"));
  CHECK(found.examples[0].samples[1].label == table.rows[10][6]);
  CHECK(found.examples[2].detail == "another label");
  const DataFinding allowed =
      audited_table(table.text(), {{"allow", {"exact_overlap"}}}, true, drop).only("exact_overlap");
  CHECK(allowed.gravity == Gravity::note);
}

TEST_CASE("repeated rows and contradictions within a split are counted") {
  Table table;
  table.rows[7] = table.rows[3];
  table.rows[8] = table.rows[3];
  table.rows[21] = table.rows[20];
  table.rows[21][6] = table.rows[20][6] == "1" ? "0" : "1";
  const test::Audited audited = audited_table(table.text(), json::object(), true, drop);
  CHECK(audited.only("duplicates").count == 3);  // two of the first, one of the second
  CHECK(audited.only("duplicates").of == 48);
  CHECK(audited.only("conflicting_labels").count == 2);
  CHECK(audited.alarms() == std::set<std::string>{"conflicting_labels"});
}

TEST_CASE("rows that are nearly equal are found next to cell borders too, equal and far ones are not") {
  Table table;
  // The deviations of a and b are about 14 and 28, so 0.01 of them are 0.14 and 0.28.
  const auto near = [&](size_t row, size_t from, double a, double b) {
    table.rows[row] = table.rows[from];
    table.rows[row][0] = fmt::format("{}", std::stod(table.rows[from][0]) + a);
    table.rows[row][1] = fmt::format("{}", std::stod(table.rows[from][1]) + b);
    table.rows[row][5] = "b";
  };
  near(48, 1, 0.05, -0.1);
  near(49, 2, -0.12, 0.0);
  near(50, 3, 0.12, 0.25);
  near(51, 4, 0.3, 0.0);  // too far
  near(52, 5, 0.05, 0.0);
  table.rows[52][2] = table.rows[5][2] == "red" ? "blue" : "red";  // another category
  near(53, 6, 0.05, 0.0);
  table.rows[53][1] = "";  // a missing number is no near number
  const DataFinding found = audited_table(table.text(), json::object(), true, drop).only("near_duplicates");
  CHECK(found.gravity == Gravity::warning);
  CHECK(found.count == 3);
  CHECK(found.of == 12);
  std::set<std::string> names;
  for (const Example& example : found.examples)
    names.insert(example.samples[0].name.substr(example.samples[0].name.rfind(' ')) + " =" +
                 example.samples[1].name.substr(example.samples[1].name.rfind(' ')));
  CHECK(names == std::set<std::string>{" 50 = 3", " 51 = 4", " 52 = 5"});
  CHECK(audited_table(table.text(), {{"row_distance", 0}}, true, drop).named("near_duplicates").empty());
  CHECK(audited_table(table.text(), {{"row_distance", 0.03}}, true, drop).only("near_duplicates").count == 4);
}

TEST_CASE("a group in two splits is an error where its column is named") {
  Table table;
  table.rows[58][3] = "p2";
  table.rows[59][3] = "p2";
  table.rows[57][3] = "p5";
  table.rows[56][3] = "";  // unknown
  const test::Audited audited = audited_table(table.text(), {{"group_column", "person"}}, true, drop);
  const DataFinding found = audited.only("group_leakage");
  CHECK(found.gravity == Gravity::error);
  CHECK(found.what == "2 of 4 groups of test are also in train; 3 of 12 test samples belong to them");
  CHECK(found.examples.at(0).detail == "group p2");
  CHECK(audited_table(table.text(), json::object(), true, drop).named("group_leakage").empty());
  test::check_error(
      [&] {
        audited_table(table.text(), {{"group_column", "persn"}}, true, drop);
      },
      ExitCode::bad_recipe, "did you mean 'person'?");
}

TEST_CASE("training rows later than test rows are an error where the column is named, for dates and for numbers") {
  Table table;
  table.rows[5][4] = "2024-03-15";  // the first test row is of 2024-03-09
  table.rows[6][4] = "2024-12-01";
  table.rows[7][4] = "2024-03-09";  // the same day is not later
  table.rows[8][4] = "";
  const DataFinding found = audited_table(table.text(), {{"time_column", "day"}}, true, drop).only("time_leakage");
  CHECK(found.gravity == Gravity::error);
  CHECK(found.what == "2 of 48 train rows are later than the first of test (day 2024-03-09)");
  CHECK(found.examples.at(1).detail == "2024-12-01 is after 2024-03-09");
  // The first test row is of 2024-03-09, 00:00 UTC: five hours east of it that is 05:00, five hours west the evening
  // before.
  Table zones;
  zones.rows[5][4] = "2024-03-09T03:00:00+05:00";
  CHECK(audited_table(zones.text(), {{"time_column", "day"}}, true, drop).alarms().empty());
  zones.rows[5][4] = "2024-03-08 20:30-05:00";
  CHECK(audited_table(zones.text(), {{"time_column", "day"}}, true, drop).only("time_leakage").count == 1);

  Table numbered = Table().add("t", [](size_t i) { return std::to_string(i == 4 ? 48 + 2 : i); });
  const json without = {{"drop", {"person", "day", "t"}}};
  CHECK(audited_table(numbered.text(), {{"time_column", "t"}}, true, without).only("time_leakage").count == 1);
  numbered.rows[4][0] = "9";  // as text it would be later than 48
  CHECK(audited_table(numbered.text(), {{"time_column", "t"}}, true, without).alarms().empty());
  table.rows[9][4] = "3/4/2024";
  test::check_error(
      [&] {
        audited_table(table.text(), {{"time_column", "day"}}, true, drop);
      },
      ExitCode::bad_recipe, "line 11: column 'day' holds '3/4/2024'; expected numbers or ISO 8601");
}

TEST_CASE("columns that copy a class are told, with how they do it") {
  Table table;
  const auto label = [&](size_t i) { return table.rows[i].back(); };
  const std::vector<std::string> y = [&] {
    std::vector<std::string> all;
    for (size_t i = 0; i < 60; ++i) all.push_back(label(i));
    return all;
  }();
  table.add("verdict", [&](size_t i) { return y[i] == "1" ? "yes" : "no"; });
  table.add("score", [&](size_t i) { return std::to_string((y[i] == "1" ? 500.5 : 100.5) + static_cast<double>(i)); });
  table.add("hint", [&](size_t i) { return i % 7 == 0 ? "none" : y[i] == "1" ? "yes" : "no"; });  // right too rarely
  const std::vector<DataFinding> found = audited_table(table.text(), json::object(), true, drop).named("target_copy");
  REQUIRE(found.size() == 2);
  CHECK(found[0].what == "column 'score' alone predicts 100.00 % of the classes of 'y': a rule on it suffices");
  CHECK(found[1].what ==
        "column 'verdict' alone predicts 100.00 % of the classes of 'y': each of its values stands for "
        "one class");
  CHECK(found[1].advice.find("data.drop: [verdict]") != std::string::npos);
}

TEST_CASE("columns that copy a number are told: equal, scaled, bent; a good predictor is none") {
  std::string text = "same,fahrenheit,squared,falling,noisy,x,s,y\n";
  const std::vector<int64_t> mixed = permutation(4000, 1, 1), noise = permutation(4000, 2, 1);
  for (size_t i = 0; i < 4000; ++i) {
    const double y = 0.25 + static_cast<double>(mixed[i]) / 100, e = static_cast<double>(noise[i]) / 4000 - 0.5;
    text += fmt::format("{},{},{},{},{},{},{},{}\n", y, y * 1.8 + 32, y * y, -std::sqrt(y), y + 10 * e, e,
                        i < 3000 ? "a" : "b", y);
  }
  const std::vector<DataFinding> found = audited_table(text, json::object(), false).named("target_copy");
  REQUIRE(found.size() == 4);
  CHECK(found[0].what.ends_with("it equals the target"));
  CHECK(found[1].what.ends_with("the target is 0.555556 times it plus -17.7778"));
  CHECK(found[2].what.ends_with("the target rises with it"));
  CHECK(found[3].what.ends_with("the target falls with it"));
}

TEST_CASE("names of rows, constants and mostly missing columns are told; measured numbers are none of them") {
  Table table;
  table.add("id", [](size_t i) { return std::to_string(1000 + i * 7 % 60); });
  table.add("code", [](size_t i) { return "k" + std::to_string(i); });
  table.add("unit", [](size_t) { return "cm"; });
  table.add("rare", [](size_t i) { return i % 3 ? "" : std::to_string(i % 5); });
  const test::Audited audited = audited_table(table.text(), json::object(), true, drop);
  const std::vector<DataFinding> ids = audited.named("id_column");
  REQUIRE(ids.size() == 2);
  CHECK(ids[0].numbers["column"] == "code");
  CHECK(ids[1].numbers["column"] == "id");
  CHECK(audited.only("constant_column").numbers["column"] == "unit");
  CHECK(audited.only("missing_values").count == 32);  // of 48 training rows
  CHECK(audited.alarms() == std::set<std::string>{"id_column"});
}

TEST_CASE("classes are counted by split; rare and absent ones are told") {
  Table table;
  for (size_t i = 0; i < 60; ++i) table.rows[i][6] = "common";
  table.rows[3][6] = "rare";
  table.rows[4][6] = "rare";
  const test::Audited audited = audited_table(table.text(), json::object(), true, drop);
  const DataFinding found = audited.only("class_imbalance");
  CHECK(found.what == "2 classes; train has from 2 of 'rare' to 46 of 'common' (1 : 23.0)");
  CHECK(found.numbers["counts"]["test"]["rare"] == 0);
  CHECK(audited.only("missing_class").what == "test has no sample of 1 of 2 classes: 'rare'");
  CHECK(audited_table(Table().text(), json::object(), true, drop).only("class_balance").gravity == Gravity::note);
}

TEST_CASE("the repeats within real tables are those that pandas would count") {
  const auto folder = test::real_data("adult");
  if (folder.empty()) return;
  const Splits splits = test::dataset("csv", {{"path", (folder / "adult-train.csv").string()},
                                              {"header", false},
                                              {"target", "14"},
                                              {"strip_target", "."},
                                              {"test", {{"path", (folder / "adult-test.csv").string()}}}})
                            ->open({.classification = true, .keep_rows = true});
  const json golden = json::parse(std::ifstream(test::source_dir() / "tests/golden/leakage.json"));
  const test::Audited audited = test::audited(splits);
  CHECK(audited.only("exact_overlap").count == golden["adult"]["count"]);
  const auto repeats = audited.named("duplicates");
  REQUIRE(!repeats.empty());
  CHECK(repeats[0].numbers["split"] == "train");
  CHECK(repeats[0].count == golden["adult"]["repeats"]);
}

}  // namespace dlrun::tables_test
