// CoNLL files: tokens with tags, sentences between empty lines, and what cannot be read.

#include <catch2/catch.hpp>

#include "base/error.h"
#include "data/components.h"
#include "support.h"

namespace dlrun::conll_test {

using nlohmann::json;

namespace {

const std::string text = "-DOCSTART- O\n\nAnn\tB-per\nLee\tI-per\nsings\tO\n\n\nParis\tB-loc\r\n.\tO\r\n";

Splits open(const json& values) { return test::dataset("conll", values)->open({.classification = true}); }

std::string problem_of(const json& values) {
  try {
    open(values);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("sentences become tokens with a tag each, padded with what counts for nothing") {
  const test::TempDir temp;
  const Splits splits = open({{"path", temp.write("a.conll", text)}});
  CHECK(splits.train->size() == 2);
  CHECK(splits.info.classes() == std::vector<std::string>{"B-loc", "B-per", "I-per", "O"});
  CHECK(splits.info.target()->sizes == std::vector<int64_t>{-1});
  const std::vector<int64_t> both = {0, 1};
  const Batch batch = splits.train->gather(both);
  CHECK(test::list(batch["input.lengths"]) == std::vector<int64_t>{3, 2});
  CHECK(test::list(batch["target"].flatten()) == std::vector<int64_t>{1, 2, 3, 0, 3, -100});
  CHECK(splits.train->describe(1).ends_with("a.conll line 8"));
  CHECK(splits.train->label(0) == -1);
}

TEST_CASE("lines that a recipe names stand between sentences") {
  const test::TempDir temp;
  const std::string proteins = temp.write("a.txt", "<>\nG _\nV e\nend\n<>\n<>\nA h\n<end>\n\n");
  const Splits splits = open({{"path", proteins}, {"breaks", {"<>", "end", "<end>"}}});
  CHECK(splits.train->size() == 2);
  CHECK(splits.train->length(0) == 2);
  CHECK(splits.info.classes() == std::vector<std::string>{"_", "e", "h"});
  CHECK(splits.train->describe(1).ends_with("line 7"));
  CHECK_THAT(problem_of({{"path", proteins}}), Catch::Contains("line 1: has one column, and no tag"));
}

TEST_CASE("columns may stand anywhere, between white space") {
  const test::TempDir temp;
  const Splits splits = open({{"path", temp.write("a.txt", "1 dogs NNS B-NP x\n2 run VBP B-VP y\n")},
                              {"token_column", 1},
                              {"tag_column", -2}});
  CHECK(splits.info.classes() == std::vector<std::string>{"B-NP", "B-VP"});
  CHECK(splits.info.vocabulary() == std::vector<std::string>{"<pad>", "<unk>", "dogs", "run"});
}

TEST_CASE("what is wrong with a CoNLL file is told with its line") {
  const test::TempDir temp;
  const std::string path = temp.write("a.conll", text);
  CHECK_THAT(problem_of({{"path", path}, {"val", {{"path", temp.write("b.conll", "Rome\tB-city\n")}}}}),
             Catch::Contains("b.conll line 1") && Catch::Contains("'B-city' is none of the 4 tags"));
  CHECK_THAT(problem_of({{"path", temp.write("c.conll", "Rome\tB-loc\nis\n")}}), Catch::Contains("c.conll line 2"));
  CHECK_THAT(problem_of({{"path", path}, {"tag_column", 2}}), Catch::Contains("has 2 columns"));
  CHECK_THAT(problem_of({{"path", temp.write("d.conll", "\n\n")}}), Catch::Contains("has no sentence"));
}

TEST_CASE("wnut17 has the sentences and tokens its page names") {
  const std::filesystem::path folder = test::real_data("wnut17");
  if (folder.empty()) return;
  const Splits splits = open({{"path", (folder / "wnut17train.conll").string()},
                              {"val", {{"path", (folder / "emerging.dev.conll").string()}}},
                              {"test", {{"path", (folder / "emerging.test.annotated").string()}}}});
  const auto tokens = [](const Split& split) {
    int64_t count = 0;
    for (int64_t i = 0; i < split.size(); ++i) count += split.length(i);
    return count;
  };
  // ../shared/data/README.md
  CHECK(splits.train->size() == 3394);
  CHECK(splits.val->size() == 1009);
  CHECK(splits.test->size() == 1287);
  CHECK(tokens(*splits.train) == 62730);
  CHECK(tokens(*splits.val) == 15733);
  CHECK(tokens(*splits.test) == 23394);
  CHECK(splits.info.classes().size() == 13);
}

}  // namespace dlrun::conll_test
