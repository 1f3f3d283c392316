// What advice sees in data, and whether its recipes are ones.

#include "advice/look.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "advice/candidate.h"
#include "advice/find_reader.h"
#include "base/error.h"
#include "experiment/recipe.h"
#include "spec/read.h"
#include "support.h"

namespace dlrun::look_test {
namespace {

bool has_key(const DataLook& look, const std::string& key) {
  return std::find(look.keys.begin(), look.keys.end(), key) != look.keys.end();
}

// Rows of numbers and categories; the target last.
std::string table_of(int rows, const std::string& header, const std::function<std::string(int)>& row) {
  std::string text = header + "\n";
  for (int i = 0; i < rows; ++i) text += row(i) + "\n";
  return text;
}

TEST_CASE("a table: columns by kind, the target guessed and told") {
  const test::TempDir folder;
  const std::string path =
      folder.write("flats.csv", table_of(60, "area,rooms,town,price", [](int i) {
                     return fmt::format("{}.5,{},{},{}", 30 + i, 1 + i % 4, i % 3 ? "Ulm" : "Bonn", 1000.25 + 7 * i);
                   }));
  const DataLook look = look_at_data({.path = path});
  CHECK(look.kind == DataLook::Kind::table);
  CHECK_FALSE(look.classification);
  CHECK(look.samples == 60);
  CHECK(look.numeric == 2);
  CHECK(look.categorical == 1);
  CHECK(has_key(look, "target: \"price\""));
  CHECK(has_key(look, "target_scaling: standard"));
  REQUIRE(look.guesses.size() == 2);
  CHECK(look.guesses[0] == "the last column, price, is what to predict; another one: --target");
  CHECK(look.guesses[1] == "the 60 different numbers of the target are a quantity; otherwise: --task classification");
  CHECK(sentence_of(look) == "a table of 60 rows: 2 columns of numbers, 1 of categories; a quantity to predict");
  const DataLook rooms = look_at_data({.path = path, .target = "rooms"});
  CHECK(rooms.classification);
  CHECK(rooms.classes == 4);
  CHECK(rooms.rarest == Approx(0.25));
  CHECK_FALSE(look_at_data({.path = path, .target = "rooms", .task = "regression"}).classification);
}

TEST_CASE("a column called target or label is what to predict, wherever it stands") {
  const test::TempDir folder;
  const std::string path = folder.write("t.csv", table_of(30, "a,Label,b", [](int i) {
                                          return fmt::format("{},{},{}", i, i % 2 ? "yes" : "no", 2 * i);
                                        }));
  const DataLook look = look_at_data({.path = path});
  CHECK(has_key(look, "target: \"Label\""));
  CHECK(look.classification);
  CHECK(look.guesses.empty());
}

TEST_CASE("a table without a header is read by places, and this is told") {
  const test::TempDir folder;
  std::string text;
  for (int i = 0; i < 30; ++i) text += fmt::format("{}.25,{}.5,{}\n", i, i * i, i % 3 ? "x" : "y");
  const DataLook look = look_at_data({.path = folder.write("t.csv", text)});
  CHECK(has_key(look, "header: false"));
  CHECK(has_key(look, "target: \"2\""));
  CHECK(look.samples == 30);
  CHECK(look.guesses[0] == "the first row is data, and the columns have no names (header: false)");
}

TEST_CASE("columns that count up are a series where each is like the ones beside it, and only there") {
  const test::TempDir folder;
  std::string header;
  for (int t = 0; t < 20; ++t) header += fmt::format("t{},", t);
  const auto rows = [&](bool smooth) {
    return table_of(40, header + "kind", [smooth](int i) {
      std::string row;
      for (int t = 0; t < 20; ++t) {
        const double wave = std::sin(0.2 * t + i);
        row += fmt::format("{:.4f},", smooth ? wave : std::sin(1e4 * (t + 1) * (i + 1)));
      }
      return row + (i % 2 ? "up" : "down");
    });
  };
  const DataLook smooth = look_at_data({.path = folder.write("smooth.csv", rows(true))});
  CHECK(smooth.kind == DataLook::Kind::series);
  CHECK(sentence_of(smooth) == "40 series of 20 steps; 2 classes, the rarest 50 % of them");
  CHECK(look_at_data({.path = folder.write("rough.csv", rows(false))}).kind == DataLook::Kind::table);
}

TEST_CASE("a column of sentences beside a class is text") {
  const test::TempDir folder;
  const DataLook look = look_at_data(
      {.path = folder.write("t.tsv", table_of(30, "label\treview", [](int i) {
                              return fmt::format("{}\tthis film number {} was as good as the other {} ones", i % 2, i,
                                                 3 * i);
                            }))});
  CHECK(look.kind == DataLook::Kind::text);
  CHECK(has_key(look, "type: text_table"));
  CHECK(has_key(look, "text: \"review\""));
  CHECK(has_key(look, "target: \"label\""));
}

TEST_CASE("what advice does not know by looking is refused, and says what it knows") {
  const test::TempDir folder;
  const auto code = [](const LookOptions& options) {
    try {
      look_at_data(options);
    } catch (const UserError& error) {
      return error.code();
    }
    return ExitCode::ok;
  };
  CHECK(code({.path = folder / "none.csv"}) == ExitCode::no_input);
  CHECK(code({.path = folder.path().string()}) == ExitCode::usage);
  CHECK(code({.path = folder.write("a.h5", "x")}) == ExitCode::usage);
  CHECK(code({.path = folder.write("one.csv", "a\n1\n2\n")}) == ExitCode::usage);
  CHECK(code({.path = folder.write("two.csv", "a,b\n1,x\n2,y\n"), .target = "c"}) == ExitCode::usage);
}

TEST_CASE("every candidate's recipe is one, for every kind of data, few and many") {
  for (const DataLook::Kind kind :
       {DataLook::Kind::table, DataLook::Kind::series, DataLook::Kind::pictures, DataLook::Kind::text})
    for (const int64_t samples : {50, 5000, 500000}) {
      DataLook look;
      look.kind = kind;
      look.name = "some data, v2";
      look.samples = samples;
      look.classes = 3;
      look.rarest = 0.01;
      look.numeric = 5;
      look.categorical = 2;
      look.test = "{split: 0.2}";
      if (kind == DataLook::Kind::pictures) {
        look.sizes = {3, 40, 60};
        look.keys = {"type: image_folder", "path: \"x\""};
      } else if (kind == DataLook::Kind::text) {
        look.sizes = {-1};
        look.keys = {"type: text_table", "path: \"x.csv\"", "text: \"t\"", "target: \"y\""};
      } else {
        look.sizes = {kind == DataLook::Kind::series ? 40 : 9};
        look.keys = {"type: csv", "path: \"x.csv\"", "target: \"y\""};
      }
      const std::vector<Candidate> candidates = candidates_for(look);
      CHECK(candidates.size() >= 2);
      for (const Candidate& candidate : candidates) {
        INFO(recipe_text(look, candidate));
        Recipe recipe;
        CHECK_NOTHROW(read_text(recipe_text(look, candidate), "advice.yaml", {}, recipe));
        CHECK(recipe.name == "some_data__v2_" + candidate.name);
        CHECK(candidate.epochs * samples / candidate.batch_size >= 100);
      }
      CHECK_FALSE(remarks_on(look).empty());
    }
}

TEST_CASE("names from files stay within their quotes") { CHECK(quoted("a\"b\\c\n") == "\"a\\\"b\\\\c\\x0a\""); }

}  // namespace
}  // namespace dlrun::look_test
