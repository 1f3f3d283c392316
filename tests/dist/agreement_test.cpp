// What ranks agree on.

#include "dist/agreement.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "dist/gloo.h"
#include "dist/ranks.h"
#include "dist/single.h"
#include "support.h"

namespace dlrun::agreement_test {

namespace {

bool built() {
  if (gloo_problem().empty()) return true;
  test::skip(gloo_problem());
  return false;
}

}  // namespace

TEST_CASE("the lowest rank that has something to say is found, and its text reaches all") {
  if (!built()) return;
  const auto ranks = test::run_ranks(3, [](Group& group) {
    const int64_t rank = first_rank(group, group.rank() >= 1);
    return std::to_string(rank) + " " + text_of_rank(group, rank, "I am " + std::to_string(group.rank())) + "|" +
           text_of_rank(group, 2, "") + "|" + std::to_string(any_rank(group, false)) +
           std::to_string(first_rank(group, false)) + std::to_string(any_rank(group, group.rank() == 2));
  });
  for (const test::Ended& rank : ranks) REQUIRE(rank.said == "1 I am 1||0-11");
}

TEST_CASE("numbers with names become those of the first rank") {
  if (!built()) return;
  const auto ranks = test::run_ranks(2, [](Group& group) {
    const NamedNumbers first = {{"loss", 0.1}, {"a name, \\ and more", std::nan("")}};
    const NamedNumbers got = of_first(group, group.rank() == 0 ? first : NamedNumbers{{"other", 3}});
    const bool right = got.size() == 2 && got[0] == first[0] && got[1].first == first[1].first &&
                       std::isnan(got[1].second) && of_first(group, {}).empty();
    return std::string(right ? "right" : "wrong");
  });
  for (const test::Ended& rank : ranks) REQUIRE(rank.said == "right");
}

TEST_CASE("tensors of many kinds become those of the first rank in one exchange") {
  if (!built()) return;
  const auto ranks = test::run_ranks(2, [](Group& group) {
    const int64_t own = group.rank() + 5;
    at::Tensor flag = at::full({2}, group.rank() == 0, at::kBool), number = at::full({}, own, at::kLong),
               matrix = at::full({3, 2}, own, at::kFloat).t(), none = at::empty({0}),
               half = at::full({3}, own, at::kHalf);
    from_first(group, {flag, number, matrix, none, half});
    const bool right = flag.all().item<bool>() && number.item<int64_t>() == 5 && matrix.eq(5).all().item<bool>() &&
                       half.eq(5).all().item<bool>();
    return std::string(right ? "right" : "wrong");
  });
  for (const test::Ended& rank : ranks) REQUIRE(rank.said == "right");
}

TEST_CASE("an error of one rank is told once, with its code, and no rank goes on") {
  if (!built()) return;
  const int64_t failing = GENERATE(0, 1, 2);
  const auto ranks = test::run_ranks(3, [&](Group& group) {
    try {
      on_every_rank(group, [&] {
        if (group.rank() >= failing) throw UserError(ExitCode::bad_data, "file of " + std::to_string(group.rank()));
      });
    } catch (const ToldElsewhere&) {
      return std::string("told elsewhere");
    }
    return std::string("went on");
  });
  REQUIRE(ranks[0].said == "UserError 65: " + (failing > 0 ? "rank " + std::to_string(failing) + ": " : "") +
                               "file of " + std::to_string(failing));
  REQUIRE(ranks[1].said == "told elsewhere");
  REQUIRE(ranks[2].said == "told elsewhere");
}

TEST_CASE("alone nothing is exchanged and errors stay what they are") {
  const auto group = open_single();
  REQUIRE(any_rank(*group, true));
  REQUIRE(first_rank(*group, false) == -1);
  REQUIRE(text_of_rank(*group, 0, "x") == "x");
  REQUIRE_THROWS_AS(on_every_rank(*group, [] { throw UserError(ExitCode::io_error, "x"); }), UserError);
}

}  // namespace dlrun::agreement_test
