// Rules of splits: what they take, that folds tile the rows, and rules that take nothing.

#include "data/splits.h"

#include <catch2/catch.hpp>
#include <set>

#include "data/components.h"
#include "spec/relation.h"

namespace dlrun::splits_test {
namespace {

using nlohmann::json;
using RowList = std::vector<int64_t>;

struct Taken {
  RowList rows, left;
};

Taken take(const json& values, RowList left, int64_t file_rows, const RowList& labels = {}, uint64_t seed = 1) {
  TableSplitRule rule;
  test::fill(rule, values);
  RowList rows = take_rows(rule, {"data.val", file_rows, labels, seed}, left);
  return {rows, left};
}

RowList united(const Taken& taken) {
  RowList all = taken.rows;
  all.insert(all.end(), taken.left.begin(), taken.left.end());
  std::sort(all.begin(), all.end());
  return all;
}

int64_t count_of(const RowList& rows, const RowList& labels, int64_t label) {
  return std::count_if(rows.begin(), rows.end(), [&](int64_t row) { return labels[row] == label; });
}

}  // namespace

TEST_CASE("a split takes the rows its rule names and leaves the others, both in order") {
  CHECK(take({{"every", 5}}, all_rows(12), 12).rows == RowList{0, 5, 10});
  CHECK(take({{"every", 5}, {"offset", 4}}, all_rows(12), 12).rows == RowList{4, 9});
  CHECK(take({{"rows", {8}}}, all_rows(12), 12).rows == RowList{8, 9, 10, 11});
  CHECK(take({{"rows", {2, 5}}}, all_rows(12), 12).left == RowList{0, 1, 5, 6, 7, 8, 9, 10, 11});
  CHECK(take({{"rows", {-4, -2}}}, all_rows(12), 12).rows == RowList{8, 9});
  // Row numbers are those of the file, also after another split took its rows.
  CHECK(take({{"every", 2}}, {1, 2, 3, 6, 7}, 12).rows == RowList{2, 6});
  CHECK(take({{"rows", {3, 7}}}, {1, 2, 3, 6, 7}, 12).rows == RowList{3, 6});
  for (const json& rule : {json{{"split", 0.3}}, json{{"folds", 4}}, json{{"every", 3}}}) {
    const Taken taken = take(rule, all_rows(101), 101);
    CHECK(std::is_sorted(taken.rows.begin(), taken.rows.end()));
    CHECK(std::is_sorted(taken.left.begin(), taken.left.end()));
    CHECK(united(taken) == all_rows(101));
  }
}

TEST_CASE("a share is drawn at random by the seed, of exactly the size asked for") {
  CHECK(take({{"split", 0.1}}, all_rows(60000), 60000).rows.size() == 6000);
  CHECK(take({{"split", 0.25}}, all_rows(7), 7).rows.size() == 2);
  const RowList first = take({{"split", 0.5}}, all_rows(100), 100, {}, 1).rows;
  CHECK(first == take({{"split", 0.5}}, all_rows(100), 100, {}, 1).rows);
  CHECK(first != take({{"split", 0.5}}, all_rows(100), 100, {}, 2).rows);
  // A seed of its own makes it independent of the run's.
  CHECK(take({{"split", 0.5}, {"seed", 1}}, all_rows(100), 100, {}, 9).rows == first);
  // Every row is as likely as any other: 400 draws of half of 20 rows, 200 expected, deviation 10.
  std::vector<int> hits(20);
  for (uint64_t seed = 0; seed < 400; ++seed)
    for (int64_t row : take({{"split", 0.5}}, all_rows(20), 20, {}, seed).rows) ++hits[row];
  for (int hit : hits) CHECK(std::abs(hit - 200) < 45);
}

TEST_CASE("stratified splits keep the shares of the classes") {
  RowList labels;
  for (int64_t i = 0; i < 1000; ++i) labels.push_back(i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2);  // 60 %, 30 %, 10 %
  const Taken share = take({{"split", 0.1}, {"stratify", true}}, all_rows(1000), 1000, labels);
  CHECK(share.rows.size() == 100);
  CHECK(count_of(share.rows, labels, 0) == 60);
  CHECK(count_of(share.rows, labels, 1) == 30);
  CHECK(count_of(share.rows, labels, 2) == 10);
  CHECK(united(share) == all_rows(1000));
  // Uneven shares add up all the same: 33 of 1000.
  const Taken odd = take({{"split", 0.033}, {"stratify", true}}, all_rows(1000), 1000, labels);
  CHECK(odd.rows.size() == 33);
  CHECK(std::abs(count_of(odd.rows, labels, 0) - 20) <= 1);
  const Taken fold = take({{"folds", 10}, {"fold", 3}, {"stratify", true}}, all_rows(1000), 1000, labels);
  CHECK(count_of(fold.rows, labels, 2) == 10);
}

TEST_CASE("folds tile the rows") {
  for (bool stratify : {false, true}) {
    RowList labels;
    for (int64_t i = 0; i < 103; ++i) labels.push_back(i % 7);
    std::multiset<int64_t> seen;
    for (int64_t fold = 0; fold < 5; ++fold) {
      const Taken taken = take({{"folds", 5}, {"fold", fold}, {"stratify", stratify}}, all_rows(103), 103, labels);
      CHECK((taken.rows.size() == 20 || taken.rows.size() == 21));
      seen.insert(taken.rows.begin(), taken.rows.end());
    }
    CHECK(RowList(seen.begin(), seen.end()) == all_rows(103));
  }
}

TEST_CASE("rows that are the same are drawn together, and without any nothing changes") {
  std::vector<int64_t> same, different;
  for (int64_t i = 0; i < 1000; ++i) {
    same.push_back(i * 31 % 400);  // two or three of each
    different.push_back(i);
  }
  const auto take = [](const SplitRule& rule, std::span<const int64_t> numbers, uint64_t seed) {
    std::vector<int64_t> left = all_rows(1000);
    return take_rows(rule, {"data.val", 1000, {}, seed, numbers}, left);
  };
  for (uint64_t seed = 0; seed < 10; ++seed) {
    SplitRule share, fold;
    share.split = 0.3;
    fold.folds = 3;
    std::set<int64_t> held_out;
    const std::vector<int64_t> drawn = take(share, same, seed);
    CHECK(std::abs(static_cast<int64_t>(drawn.size()) - 300) <= 1);
    for (const int64_t row : drawn) held_out.insert(same[static_cast<size_t>(row)]);
    for (int64_t row = 0; row < 1000; ++row)
      CHECK(std::binary_search(drawn.begin(), drawn.end(), row) == held_out.contains(same[static_cast<size_t>(row)]));
    std::set<int64_t> seen;
    size_t rows = 0;
    for (fold.fold = 0; fold.fold < 3; ++fold.fold) {
      std::set<int64_t> numbers;
      for (const int64_t row : take(fold, same, seed)) {
        numbers.insert(same[static_cast<size_t>(row)]);
        ++rows;
      }
      for (const int64_t number : numbers) CHECK(seen.insert(number).second);
    }
    CHECK(rows == 1000);
    CHECK(take(share, different, seed) == take(share, {}, seed));
  }
  // One row repeated half of the time is on one side, and the share is met with the others.
  std::fill(same.begin(), same.begin() + 500, 0);
  for (int64_t i = 500; i < 1000; ++i) same[static_cast<size_t>(i)] = i;
  SplitRule share;
  share.split = 0.2;
  CHECK(take(share, same, 3).size() == 200);
}

TEST_CASE("the last row of a class is not drawn") {
  std::vector<int64_t> labels(100, 0);
  labels[17] = 1;
  labels[40] = labels[41] = 2;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    SplitRule rule;
    rule.split = 0.9;
    rule.stratify = seed % 2 == 0;
    std::vector<int64_t> left = all_rows(100);
    take_rows(rule, {"data.val", 100, labels, seed, {}}, left);
    std::set<int64_t> kept;
    for (const int64_t row : left) kept.insert(labels[static_cast<size_t>(row)]);
    CHECK(kept == std::set<int64_t>{0, 1, 2});
  }
}

TEST_CASE("splits that take nothing, everything or what is not there are refused") {
  const std::vector<std::pair<json, const char*>> cases = {
      {{{"rows", {5, 5}}}, "data.val.rows: rows 5 to 5"},
      {{{"rows", {0, 13}}}, "data.val.rows: rows 0 to 13"},
      {{{"rows", {-13}}}, "data.val.rows: rows -1 to 12"},
      {{{"rows", {0}}}, "data.val: takes all 12 rows"},
      {{{"split", 0.01}}, "data.val: takes none of the 12 rows"},
      {{{"split", 0.99}}, "data.val: takes all 12 rows"},
      {{{"every", 20}, {"offset", 15}}, "data.val: takes none"},
      {{{"split", 0.5}, {"stratify", true}}, "data.val.stratify: needs classes"},
  };
  for (const auto& [values, message] : cases) {
    INFO(message);
    test::check_error([&, &values = values] { take(values, all_rows(12), 12); }, ExitCode::bad_recipe, message);
  }
}

TEST_CASE("rules of a split that contradict each other are problems") {
  const auto problems = [](const std::function<void(TableSplitRule&)>& set) {
    TableSplitRule rule;
    set(rule);
    std::string text;
    for (const Problem& problem : broken_relations(rule)) text += problem.path + ": " + problem.message + "\n";
    return text;
  };
  CHECK(problems([](TableSplitRule& r) { r.split = 0.1; }).empty());
  CHECK(problems([](TableSplitRule& r) { r.column = "a", r.value = "b"; }).empty());
  CHECK(problems([](TableSplitRule&) {}).find("say how") != std::string::npos);
  CHECK(problems([](TableSplitRule& r) { r.split = 0.1, r.every = 3; }).find("only one way") != std::string::npos);
  CHECK(problems([](TableSplitRule& r) { r.split = 0.1, r.path = "x"; }).find("only one way") != std::string::npos);
  CHECK(problems([](TableSplitRule& r) { r.column = "a"; }).find("belong together") != std::string::npos);
  CHECK(problems([](TableSplitRule& r) { r.folds = 3, r.fold = 3; }).find("fold: must be below") != std::string::npos);
  CHECK(problems([](TableSplitRule& r) { r.rows = {1}, r.stratify = true; }).find("stratify") != std::string::npos);
}

}  // namespace dlrun::splits_test
