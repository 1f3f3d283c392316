// Tables of texts and classes: words, unknown ones, padding, splits and what cannot be read.

#include <catch2/catch.hpp>

#include "audit/overlap.h"
#include "base/error.h"
#include "data/components.h"
#include "support.h"

namespace dlrun::text_table_test {

using nlohmann::json;

namespace {

const std::string rows = "text\tlabel\ngood , very good\tpos\nbad\tneg\ngood film\tpos\nnot good\tneg\n";

Splits open(const json& values, const OpenOptions& options = {.classification = true}) {
  return test::dataset("text_table", values)->open(options);
}

std::vector<std::string> words(const DataInfo& info, const at::Tensor& ids) {
  std::vector<std::string> found;
  for (const int64_t id : test::list(ids)) found.push_back(info.vocabulary().at(static_cast<size_t>(id)));
  return found;
}

std::string problem_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("texts become words of a vocabulary, the most frequent first, padded to the longest of their batch") {
  const test::TempDir temp;
  const Splits splits = open({{"path", temp.write("t.tsv", rows)}});
  CHECK(splits.info.vocabulary() ==
        std::vector<std::string>{"<pad>", "<unk>", "good", ",", "bad", "film", "not", "very"});
  CHECK(splits.info.classes() == std::vector<std::string>{"neg", "pos"});
  CHECK(splits.info.input().varies());
  const std::vector<int64_t> some = {1, 0};
  const Batch batch = splits.train->gather(some);
  CHECK(words(splits.info, batch["input"][0]) == std::vector<std::string>{"bad", "<pad>", "<pad>", "<pad>"});
  CHECK(words(splits.info, batch["input"][1]) == std::vector<std::string>{"good", ",", "very", "good"});
  CHECK(test::list(batch["input.lengths"]) == std::vector<int64_t>{1, 4});
  CHECK(test::list(batch["target"]) == std::vector<int64_t>{0, 1});
  CHECK(splits.train->length(0) == 4);
  CHECK(splits.train->label(0) == 1);
  CHECK(splits.train->describe(3).ends_with("t.tsv line 5"));
}

TEST_CASE("the vocabulary is that of the training texts, and comes back as it was stored") {
  const test::TempDir temp;
  const json values = {{"path", temp.write("t.tsv", rows)},
                       {"test", {{"path", temp.write("u.tsv", "text\tlabel\nawful , not good\tneg\n")}}},
                       {"tokenizer", {{"type", "words"}, {"min_count", 2}}},
                       {"max_length", 3}};
  const Splits splits = open(values);
  CHECK(splits.info.vocabulary() == std::vector<std::string>{"<pad>", "<unk>", "good"});
  const std::vector<int64_t> first = {0};
  CHECK(words(splits.info, splits.test->gather(first)["input"][0]) ==
        std::vector<std::string>{"<unk>", "<unk>", "<unk>"});
  const Splits again = open(values, {.fitted = splits.info.fitted, .classification = true});
  CHECK((again.info.fields == splits.info.fields));
  const auto inputs = test::dataset("text_table", values)
                          ->open_inputs({temp.write("new.tsv", "text\nso good\n")}, {.fitted = splits.info.fitted});
  const Batch batch = inputs->gather(first);
  CHECK(words(splits.info, batch["input"][0]) == std::vector<std::string>{"<unk>", "good"});
  CHECK_FALSE(batch.has("target"));
}

TEST_CASE("what is wrong with a table of texts is told with its place") {
  const test::TempDir temp;
  const std::string path = temp.write("t.tsv", rows);
  CHECK_THAT(problem_of([&] {
               open({{"path", path}, {"text", "review"}});
             }),
             Catch::Contains("data.text") && Catch::Contains("no column 'review'; it has text, label"));
  CHECK_THAT(problem_of([&] {
               open({{"path", path}, {"test", {{"path", temp.write("u.tsv", "text\tlabel\nfine\tokay\n")}}}});
             }),
             Catch::Contains("u.tsv line 2") && Catch::Contains("'okay' is none of the 2 classes"));
  CHECK_THAT(problem_of([&] { open({{"path", path}}, {}); }), Catch::Contains("text_table gives classes"));
}

TEST_CASE("equal texts are drawn into one split, and texts are equal word for word") {
  const test::TempDir temp;
  std::string table = "text\tlabel\n";
  for (int64_t i = 0; i < 200; ++i)
    table += "a film number" + std::to_string(i % 70) + (i % 2 ? "\tgood\n" : "\tbad\n");
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const Splits splits = open({{"path", temp.write("t.tsv", table)}, {"val", {{"split", 0.3}}}},
                               {.seed = seed, .classification = true, .keep_rows = true});
    const std::vector<Overlap> overlaps = find_overlaps(splits);
    REQUIRE(overlaps.size() == 1);
    // Words of validation texts that no training text has are all one unknown token; the texts are not the same.
    CHECK(overlaps[0].count == 0);
    CHECK(std::abs(splits.val->size() - 60) <= 2);
  }
}

TEST_CASE("words are cut at white space and marks, small letters on request, and a text of nothing is unknown") {
  const test::TempDir temp;
  const std::string path = temp.write("t.tsv", "text\tlabel\nIt's GOOD.\ta\n\"\"\tb\n");
  const Splits kept = open({{"path", path}});
  const std::vector<int64_t> both = {0, 1};
  CHECK(words(kept.info, kept.train->gather(both)["input"][0]) ==
        std::vector<std::string>{"It", "'", "s", "GOOD", "."});
  CHECK(words(kept.info, kept.train->gather(both)["input"][1].narrow(0, 0, 1)) == std::vector<std::string>{"<unk>"});
  const Splits lower =
      open({{"path", path}, {"tokenizer", {{"type", "words"}, {"lowercase", true}, {"split_punctuation", false}}}});
  CHECK(words(lower.info, lower.train->gather(both)["input"][0]) == std::vector<std::string>{"it's", "good."});
}

}  // namespace dlrun::text_table_test
