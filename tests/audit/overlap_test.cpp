// Same samples in two splits, of every kind of data, and their counts on real data against a Python script.

#include "audit/overlap.h"

#include <catch2/catch.hpp>

#include "audit/samples.h"
#include "data/components.h"
#include "data/source.h"
#include "golden.h"

namespace dlrun::overlap_test {
namespace {

using nlohmann::json;

// Pictures whose every pixel is the number given, with its label.
std::shared_ptr<Split> pictures(const std::vector<std::pair<int64_t, int64_t>>& samples) {
  std::vector<at::Tensor> images, labels;
  for (const auto& [value, label] : samples) {
    images.push_back(at::full({1, 3, 5}, value, at::kByte));
    labels.push_back(at::scalar_tensor(label, at::kLong));
  }
  return std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", at::stack(images)}, {"target", at::stack(labels)}},
                                       all_rows(static_cast<int64_t>(samples.size())));
}

Splits open_table(const std::string& text, const json& more) {
  test::TempDir dir;
  json recipe = {{"path", dir.write("t.csv", text)}, {"target", "y"}, {"test", {{"column", "s"}, {"value", "b"}}}};
  recipe.update(more);
  return test::dataset("csv", recipe)->open({.classification = true, .keep_rows = true});
}

void check_counts(const Overlap& overlap, const json& golden) {
  CHECK(overlap.count == golden.at("count"));
  CHECK(overlap.of == golden.at("of"));
  if (golden.contains("other_label")) CHECK(overlap.other_label == golden.at("other_label"));
}

Splits open_real(const std::string& folder, const std::string& type, json recipe, bool classification = true) {
  const std::filesystem::path root = test::real_data(folder);
  if (root.empty()) return {};
  recipe["path"] = (root / recipe.value("path", "")).string();
  if (recipe.contains("test") && recipe["test"].contains("path"))
    recipe["test"]["path"] = (root / recipe["test"]["path"].get<std::string>()).string();
  return test::dataset(type, recipe)->open({.classification = classification, .keep_rows = true});
}

}  // namespace

TEST_CASE("an overlap names held-out samples once, tells other labels apart and gives pairs") {
  Splits splits;
  splits.train = pictures({{1, 0}, {2, 0}, {2, 1}, {3, 0}, {3, 0}, {9, 4}});
  splits.val = pictures({{7, 0}, {9, 4}});
  splits.test = pictures({{5, 0}, {2, 1}, {3, 1}, {3, 0}, {7, 3}, {6, 0}});
  const std::vector<Overlap> overlaps = find_overlaps(splits);
  REQUIRE(overlaps.size() == 3);
  CHECK(overlap_text(overlaps[0]) ==
        "3 of 6 test samples are also in train, 1 of them under another label (row 1 = row 2, row 2 = row 3, row 3 = "
        "row 3)");
  CHECK(overlap_text(overlaps[1]) == "1 of 2 val samples are also in train (row 1 = row 5)");
  CHECK(overlap_text(overlaps[2]) ==
        "1 of 6 test samples are also in val, 1 of them under another label (row 4 = row 0)");
  CHECK(overlaps_from_json(to_json(overlaps)).at(0).pairs.at(1).other_label);
  CHECK(to_json(overlaps_from_json(to_json(overlaps))) == to_json(overlaps));
  CHECK(find_overlaps(splits, 1)[0].pairs.size() == 1);
  splits.test = pictures({{40, 0}, {41, 0}});
  splits.val = nullptr;
  REQUIRE(find_overlaps(splits).size() == 1);
  CHECK(find_overlaps(splits)[0].count == 0);
}

TEST_CASE("pictures that differ in one pixel are not the same, wherever they are in a large split") {
  at::Tensor images = at::arange(5000, at::kLong).unsqueeze(1).bitwise_right_shift(at::tensor({0, 8})).to(at::kByte);
  images = images.view({5000, 1, 1, 2}).contiguous();
  Splits splits;
  splits.train = std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", images}}, all_rows(4990));
  std::vector<int64_t> rows = {4999, 4321, 4998};
  splits.test = std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", images}}, rows);
  const Overlap overlap = find_overlaps(splits).at(0);
  CHECK(overlap.count == 1);
  CHECK(overlap.pairs.at(0).other_index == 4321);
}

TEST_CASE("rows of a table are the same by what was written: numbers by value, missing ones not as their filling") {
  // Lines 2 to 5 train, the others test. The mean of x is 2: a missing x is filled with it.
  const std::string text =
      "x,c,s,y,note\n"
      "1,red,a,0,p\n"
      "2,red,a,1,p\n"
      "3,blue,a,0,p\n"
      "4,?,a,1,p\n"
      "1.0,red,b,0,q\n"  // equals line 2; the dropped note does not count
      "2,blue,b,1,p\n"   // new
      "NA,red,b,0,p\n"   // filled with the same number as line 3, but not the same
      "4,NA,b,0,p\n"     // equals line 5 but for the label
      "3,red,b,0,p\n";   // new
  Splits splits = open_table(text, {{"drop", {"note"}}, {"missing", {{"numeric", "mean"}}}});
  const Overlap overlap = find_overlaps(splits).at(0);
  CHECK(overlap.count == 2);
  CHECK(overlap.of == 5);
  CHECK(overlap.other_label == 1);
  CHECK(overlap.pairs.at(0).held_out.ends_with("line 6"));
  CHECK(overlap.pairs.at(0).other.ends_with("line 2"));
  CHECK(overlap.pairs.at(1).other.ends_with("line 5"));
  CHECK(find_overlaps(open_table(text, json::object())).at(0).count == 0 + 1);  // with the note line 6 is another row

  REQUIRE(splits.train->rows_written());
  splits.train->forget_rows();
  CHECK(!splits.train->rows_written());
}

TEST_CASE("cells cannot run into each other") {
  const Splits splits = open_table("u,v,s,y\nab,c,a,0\nx,y,a,1\na,bc,b,0\nxy,,b,1\n", json::object());
  CHECK(find_overlaps(splits).at(0).count == 0);
}

TEST_CASE("a node that is marked in two splits is the same sample") {
  test::TempDir dir;
  const std::string nodes = dir.write("n.csv", "node_id,label,split,features\na,x,p,0\nb,y,q,1\nc,x,p,0\nd,x,r,0\n");
  const std::string edges = dir.write("e.csv", "source,target\na,b\n");
  const auto open = [&](const std::string& test_value) {
    return test::dataset("graph", {{"nodes", nodes},
                                   {"edges", edges},
                                   {"train_value", "p"},
                                   {"val_value", "q"},
                                   {"test_value", test_value},
                                   {"unused_value", "r"}})
        ->open({.classification = true});
  };
  const std::vector<Overlap> overlaps = find_overlaps(open("p"));
  CHECK(overlap_text(overlaps.at(0)) == "2 of 2 test nodes are also in train (node 0 = node 0, node 2 = node 2)");
  for (const Overlap& overlap : find_overlaps(open("r"))) CHECK(overlap.count == 0);  // equal features, other nodes
}

TEST_CASE("a copied stretch of text is found at any place, a chance repetition is not") {
  const auto letters = [](uint64_t seed, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      text += static_cast<char>('a' + (seed >> 33) % 26);
    }
    return text;
  };
  test::TempDir dir;
  const std::string train = letters(1, 5000), other = letters(2, 3000);
  const auto open = [&](const std::string& held_out) {
    return test::dataset("text", {{"path", dir.write("train.txt", train)},
                                  {"stride", 64},
                                  {"test", {{"path", dir.write("test.txt", held_out)}}}})
        ->open({});
  };
  CHECK(find_overlaps(open(other)).at(0).count == 0);
  // 400 characters from anywhere hold a whole passage; windows of the two splits never begin at the same letter.
  const Overlap overlap = find_overlaps(open(other.substr(0, 777) + train.substr(1234, 400) + other.substr(777))).at(0);
  CHECK(overlap.count == 1);
  CHECK(overlap.of == 17);
  CHECK(overlap.unit == "passages of 200 tokens");
  CHECK(overlap.pairs.at(0).held_out == "test position 800");
  CHECK(overlap.pairs.at(0).other == "train position 1257");
  CHECK(find_overlaps(open(other + train.substr(10, 150))).at(0).count == 0);  // shorter than a passage
}

TEST_CASE("overlaps of real data are those that a script without dlrun counts") {
  const json golden = read_golden("leakage");
  if (test::real_data("adult").empty()) return;
  const json adult = {{"path", "adult-train.csv"},
                      {"header", false},
                      {"target", "14"},
                      {"strip_target", "."},
                      {"test", {{"path", "adult-test.csv"}}}};
  check_counts(find_overlaps(open_real("adult", "csv", adult)).at(0), golden["adult"]);
  check_counts(find_overlaps(open_real("fashion-mnist", "idx", json::object())).at(0), golden["fashion_mnist"]);
  const json abalone = {{"path", "abalone.csv"}, {"header", false}, {"target", "8"}, {"test", {{"rows", {3133}}}}};
  check_counts(find_overlaps(open_real("abalone", "csv", abalone, false)).at(0), golden["abalone"]);
  const json california = {{"path", "housing.csv"}, {"target", "median_house_value"}, {"test", {{"every", 5}}}};
  check_counts(find_overlaps(open_real("california-housing", "csv", california, false)).at(0), golden["california"]);
  const json shakespeare = {{"path", "input.txt"}, {"val", {{"split", 0.1}}}};
  check_counts(find_overlaps(open_real("tiny-shakespeare", "text", shakespeare, false)).at(0), golden["shakespeare"]);
}

TEST_CASE("the embedded pictures do not overlap") {
  const auto folder = test::source_dir() / "recipes/data/fashion_mnist_small";
  const Splits splits = test::dataset("idx", {{"path", folder.string()}})->open({.classification = true});
  check_counts(find_overlaps(splits).at(0), read_golden("leakage")["fashion_mnist_small"]);
}

}  // namespace dlrun::overlap_test
