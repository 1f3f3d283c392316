// Text reader: tiny-shakespeare, windows, levels, splits, and texts that cannot be read.

#include <catch2/catch.hpp>

#include "base/log.h"
#include "data/components.h"

namespace dlrun::text_test {
namespace {

using nlohmann::json;

std::string decode(const DataInfo& info, const at::Tensor& ids) {
  std::string text;
  for (int64_t id : test::list(ids)) text += info.vocabulary().at(static_cast<size_t>(id));
  return text;
}

}  // namespace

TEST_CASE("text reads tiny-shakespeare: 65 characters, first 90 % to train on") {
  auto folder = test::real_data("tiny-shakespeare");
  if (folder.empty()) return;
  const std::string text = test::read_bytes(folder / "input.txt");
  auto dataset = test::dataset(
      "text", {{"path", (folder / "input.txt").string()}, {"context_length", 64}, {"val", {{"split", 0.1}}}});
  Splits splits = dataset->open({});
  CHECK(splits.info.vocabulary().size() == 65);
  CHECK(std::is_sorted(splits.info.vocabulary().begin(), splits.info.vocabulary().end()));
  CHECK(splits.train->size() == 1003854 - 64);     // every offset
  CHECK(splits.val->size() == (111540 - 1) / 64);  // no overlap
  CHECK(!splits.test);
  std::vector<int64_t> some = {0, 17, splits.train->size() - 1};
  Batch batch = splits.train->gather(some);
  for (size_t i = 0; i < some.size(); ++i) {
    const int64_t row = static_cast<int64_t>(i);
    CHECK(decode(splits.info, batch["input"][row]) == text.substr(static_cast<size_t>(some[i]), 64));
    CHECK(decode(splits.info, batch["target"][row]) == text.substr(static_cast<size_t>(some[i]) + 1, 64));
  }
  Batch val = splits.val->gather(std::vector<int64_t>{0, 1});
  CHECK(decode(splits.info, val["input"].flatten()) == text.substr(1003854, 128));
  CHECK(decode(splits.info, val["target"].flatten()) == text.substr(1003855, 128));
  CHECK(splits.val->describe(1).ends_with("position 64"));

  Splits bytes = test::dataset("text", {{"path", (folder / "input.txt").string()},
                                        {"level", "byte"},
                                        {"stride", 64},
                                        {"val", {{"split", 0.1}}},
                                        {"test", {{"split", 0.1}}}})
                     ->open({});
  CHECK(bytes.info.vocabulary().size() == 256);
  CHECK(test::list(bytes.train->gather(std::vector<int64_t>{1})["input"])[0] == static_cast<int64_t>(text[64]));
  CHECK(bytes.test->size() == (111540 - 1) / 64);
  CHECK(bytes.train->size() == (903468 - 64 - 1) / 64 + 1);
}

TEST_CASE("text counts characters, not bytes") {
  test::TempDir dir;
  const std::string path = dir.write("t.txt", "äö€😀äöäö€😀");
  Splits splits = test::dataset("text", {{"path", path}, {"context_length", 3}, {"val", {{"split", 0.4}}}})->open({});
  CHECK(splits.info.vocabulary() == std::vector<std::string>{"ä", "ö", "€", "😀"});  // by code point
  CHECK(splits.train->size() == 3);
  CHECK(test::list(splits.train->gather(std::vector<int64_t>{1})["target"]) == std::vector<int64_t>{2, 3, 0});
  CHECK(splits.val->size() == 1);
  CHECK(test::list(splits.val->gather(std::vector<int64_t>{0})["input"]) == std::vector<int64_t>{0, 1, 2});
}

TEST_CASE("a byte order mark is no letter") {
  test::TempDir dir;
  const std::string path = dir.write("t.txt",
                                     "\xEF\xBB\xBF"
                                     "abcabcabc");
  const auto open = [&](const char* level) {
    return test::dataset("text", {{"path", path}, {"level", level}, {"context_length", 3}})->open({});
  };
  CHECK(open("character").info.vocabulary() == std::vector<std::string>{"a", "b", "c"});
  CHECK(open("character").train->size() == 6);
  CHECK(open("byte").train->size() == 9);  // bytes are bytes
  test::check_error(
      [&] {
        test::dataset("text", {{"path", dir.write("u.txt", "\xEF\xBB\xBF")}})->open({});
      },
      ExitCode::bad_data, "is empty, expected text");
}

TEST_CASE("unknown characters are one token where that is asked for, and counted") {
  test::TempDir dir;
  const std::string path = dir.write("t.txt",
                                     "ababababcab"
                                     "äbö€b😀ab");
  json recipe = {{"path", path}, {"context_length", 2}, {"val", {{"split", 0.42}}}};
  test::check_error([&] { test::dataset("text", recipe)->open({}); }, ExitCode::bad_data,
                    "character \"ä\" at offset 11 does not occur in the training text; remove it, or use data.unknown");
  recipe["unknown"] = "token";
  open_log_file(dir / "log.txt");
  const Splits splits = test::dataset("text", recipe)->open({});
  close_log_file();
  CHECK(splits.info.vocabulary() == std::vector<std::string>{"a", "b", "c", "\uFFFD"});
  const Batch val = splits.val->gather(std::vector<int64_t>{0, 1, 2});
  CHECK(decode(splits.info, val["input"].flatten()) == "\uFFFDb\uFFFD\uFFFDb\uFFFD");
  CHECK(test::read_bytes(dir / "log.txt").find("4 of 19 characters are unknown, \"ä\" the first of them") !=
        std::string::npos);
  recipe["min_count"] = 2;
  CHECK(test::dataset("text", recipe)->open({}).info.vocabulary() == std::vector<std::string>{"a", "b", "\uFFFD"});
}

TEST_CASE("text opens prompts of unequal length") {
  test::TempDir dir;
  auto dataset = test::dataset("text", {{"path", dir.write("t.txt", "abcabcabc")}, {"context_length", 2}});
  Splits splits = dataset->open({});
  auto prompts = dataset->open_inputs({dir.write("1", "cab"), dir.write("2", "a")}, {.fitted = splits.info.fitted});
  Batch batch = prompts->gather(all_rows(2));
  CHECK(test::list(batch["input"].flatten()) == std::vector<int64_t>{2, 0, 1, 0, 0, 0});
  CHECK(test::list(batch["input.lengths"]) == std::vector<int64_t>{3, 1});
  test::check_error([&] { dataset->open_inputs({dir.write("3", "abx")}, {.fitted = splits.info.fitted}); },
                    ExitCode::bad_data, "3: character \"x\" at offset 2 does not occur in the training text");
}

TEST_CASE("text refuses what it cannot use") {
  test::TempDir dir;
  const auto open = [&](const std::string& text, const json& more) {
    json recipe = {{"path", dir.write("t.txt", text)}, {"context_length", 4}};
    recipe.update(more);
    test::dataset("text", recipe)->open({});
  };
  const json val = {{"val", {{"split", 0.5}}}};
  test::check_error([&] { open("", json::object()); }, ExitCode::bad_data, "t.txt: is empty");
  test::check_error([&] { open("abcd", json::object()); }, ExitCode::bad_data, "a split of 4 tokens is too short");
  test::check_error([&] { open("aaaaaabbbbbb", val); }, ExitCode::bad_data,
                    "character \"b\" at offset 6 does not occur");
  test::check_error([&] { open("aaaa\xC3(aaaa", json::object()); }, ExitCode::bad_data, "not valid UTF-8 at offset 4");
  test::check_error([&] { test::dataset("text", {{"path", dir / "none"}})->open({}); }, ExitCode::no_input, "no such");
  open("aaaaa\xC3(aaaaaa", {{"level", "byte"}});  // bytes may be anything
}

}  // namespace dlrun::text_test
