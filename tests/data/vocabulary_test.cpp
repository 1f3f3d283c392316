// Tokens of texts: there and back, and what the training never saw.

#include "data/vocabulary.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "data/components.h"

namespace dlrun::vocabulary_test {

TEST_CASE("characters become tokens, the longest match first, and texts again") {
  const std::vector<std::string> vocabulary = {"a", "b", "ab", "é", "日", "\n"};
  const std::vector<int64_t> tokens = tokens_of("abbaé日\n", vocabulary, "prompt");
  CHECK(tokens == std::vector<int64_t>{2, 1, 0, 3, 4, 5});
  CHECK(text_of(tokens, vocabulary) == "abbaé日\n");
  CHECK(tokens_of("", vocabulary, "prompt").empty());
}

TEST_CASE("every byte is a token of a byte vocabulary, printable or not") {
  const std::vector<std::string> vocabulary = byte_vocabulary();
  REQUIRE(vocabulary.size() == 256);
  CHECK(is_byte_vocabulary(vocabulary));
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const std::vector<int64_t> tokens = tokens_of(all, vocabulary, "prompt");
  for (int64_t i = 0; i < 256; ++i) CHECK(tokens[static_cast<size_t>(i)] == i);
  CHECK((text_of(tokens, vocabulary) == all));
  // "\x41" is four bytes here, not the letter A.
  CHECK(tokens_of("\\x41", vocabulary, "prompt") == std::vector<int64_t>{'\\', 'x', '4', '1'});
  std::vector<std::string> other = vocabulary;
  other.pop_back();
  CHECK_FALSE(is_byte_vocabulary(other));
}

TEST_CASE("characters that the training never saw are named, each once") {
  const std::vector<std::string> vocabulary = {"a", "b"};
  test::check_error([&] { tokens_of("aéb日é", vocabulary, "prompt"); }, ExitCode::bad_data,
                    "prompt: the training text has no \"é\", \"日\"; the model knows only");
  test::check_error([&] { tokens_of("1234567", vocabulary, "x.txt"); }, ExitCode::bad_data,
                    "\"1\", \"2\", \"3\", \"4\", \"5\" and 2 more");
  test::check_error([&] { tokens_of("a\xff", vocabulary, "prompt"); }, ExitCode::bad_data,
                    "not valid UTF-8 at offset 1");
}

TEST_CASE("characters that the training never saw are the token for unknown ones, where there is one") {
  const std::vector<std::string> vocabulary = {"a", "b", "\uFFFD"};
  CHECK(tokens_of("aébß", vocabulary, "prompt") == std::vector<int64_t>{0, 2, 1, 2});
  CHECK(text_of(std::vector<int64_t>{0, 2, 1}, vocabulary) == "a\uFFFDb");
}

}  // namespace dlrun::vocabulary_test
