// Expressions over fields: what they give, what is refused, and what is said about a broken rule.

#include "spec/relation.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "spec/sample.h"

namespace dlrun::relation_test {

namespace {

struct Inner final : Params {
  double rate = 0.5;
  std::vector<Field> fields() override { return {field("rate", rate, "A rate.")}; }
};

struct Numbers final : Params {
  bool on = true;
  int64_t four = 4;
  double half = 0.5;
  std::string word = "relu", nothing;
  std::optional<int64_t> absent, present = 7;
  std::vector<int64_t> up = {1, 2, 5}, flat = {1, 1}, none;
  std::vector<std::string> names = {"a", "b"};
  Inner inner;
  Optional<Inner> missing, there;
  Choice<sample::Optimizer> optimizer;

  Numbers() {
    there.value = there.make();
    there->rate = 2;
    optimizer.type = "sgd";
    optimizer.value = std::make_shared<sample::Sgd>();
  }
  std::vector<Field> fields() override {
    return {field("on", on, "."),           field("four", four, "."),       field("half", half, "."),
            field("word", word, "."),       field("nothing", nothing, "."), field("absent", absent, "."),
            field("present", present, "."), field("up", up, "."),           field("flat", flat, "."),
            field("none", none, "."),       field("names", names, "."),     field("inner", inner, "."),
            field("missing", missing, "."), field("there", there, "."),     field("optimizer", optimizer, ".")};
  }
};

}  // namespace

TEST_CASE("expressions that hold, and their opposites") {
  Numbers numbers;
  for (const char* expression : {
           "on",
           "true",
           "not false",
           "on and four == 4",
           "not on or half < 1",
           "false or false or on",
           "four % 2 == 0",
           "four + 3 == present",
           "present - four - 2 == 1",
           "2 * four / 4 == 2",
           "half > -1",
           "half >= 0.5",
           "half <= 5e-1",
           "(four + 1) * 2 == 10",
           "four + 1 * 2 == 6",
           "-1 < 0",
           "word == 'relu'",
           "word != 'gelu'",
           "absent == null",
           "present != null",
           "given(present)",
           "given(word)",
           "given(names)",
           "given(there)",
           "given(inner)",
           "given(optimizer)",
           "count(absent, present, word, none) == 2",
           "length(up) == 3",
           "length(names) == 2",
           "rising(up)",
           "rising(none)",
           "inner.rate == 0.5",
           "there.rate == 2",
           "missing.rate == null",
           "optimizer.lr == 0.1",
           "optimizer.betas == null",
           "given(absent) == given(nothing)",
       }) {
    INFO(expression);
    CHECK(holds(expression, numbers));
    CHECK_FALSE(holds(std::string("not (") + expression + ")", numbers));
  }
}

TEST_CASE("nothing compares with null, and nothing can be computed with it") {
  Numbers numbers;
  for (const char* expression : {"absent < 1", "absent > 1", "absent + 1 == 1", "four % absent == 0", "four / 0 > 1",
                                 "given(absent)", "given(nothing)", "given(none)", "given(missing)", "rising(flat)"}) {
    INFO(expression);
    CHECK_FALSE(holds(expression, numbers));
  }
}

TEST_CASE("what is no expression is a mistake of the component") {
  Numbers numbers;
  for (const char* expression :
       {"", "four", "on and", "on on", "(on", "four == ", "four == 'a", "four < 'a'", "word == 1", "on < four",
        "unknown == 1", "given()", "given(on", "length(four) == 1", "rising(names)", "1.2.3 == 1", "on or four"}) {
    INFO(expression);
    CHECK_THROWS_AS(holds(expression, numbers), std::logic_error);
  }
}

TEST_CASE("the fields of an expression, each once") {
  CHECK(fields_of("not given(a.b) or (a.b <= c_2 and word == 'd e') and 1e3 < c_2 or null == true") ==
        std::vector<std::string>{"a.b", "c_2", "word"});
  CHECK(fields_of("true").empty());
}

TEST_CASE("a broken rule tells the values it joins") {
  Numbers numbers;
  CHECK(message({"four", "four < half", "must be less than half"}, numbers) ==
        "must be less than half (four 4, half 0.5)");
  CHECK(message({"", "count(absent, none) > 0", "give one"}, numbers) == "give one");
  CHECK(message({"", "given(missing) and optimizer.lr > 1 and length(up) > 4", "too little"}, numbers) ==
        "too little (optimizer.lr 0.1, up [1, 2, 5])");
}

}  // namespace dlrun::relation_test
