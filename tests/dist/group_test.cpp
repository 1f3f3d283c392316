// A group of one, and what every group refuses.

#include "dist/group.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

namespace dlrun::group_test {

TEST_CASE("alone, every exchange gives what it was given") {
  const std::unique_ptr<Group> group = open_group(RankPlace{});
  REQUIRE(group->rank() == 0);
  REQUIRE(group->size() == 1);
  group->wait_for_all();

  at::Tensor tensor = at::arange(6, at::kFloat).view({2, 3});
  const at::Tensor before = tensor.clone();
  group->add(tensor);
  group->from_first(tensor);
  REQUIRE(tensor.equal(before));
  REQUIRE(group->append(tensor).equal(before));
  REQUIRE(group->append(tensor.t()).equal(before.t()));

  at::Tensor part = at::zeros({6}), whole = at::zeros({6});
  group->scatter_sums(before.view(-1), part);
  REQUIRE(part.equal(before.view(-1)));
  group->gather(part, whole);
  REQUIRE(whole.equal(part));

  at::Tensor sum = before.view(-1).clone(), all = at::zeros({6});
  group->begin_add(sum);
  group->begin_gather(sum, all);
  group->finish();
  REQUIRE(sum.equal(before.view(-1)));
  REQUIRE(all.equal(sum));
}

TEST_CASE("what several ranks could not exchange is refused with one already") {
  const std::unique_ptr<Group> group = open_group(RankPlace{});
  at::Tensor undefined, half = at::ones({2}, at::kHalf), truth = at::ones({2}, at::kBool), four = at::ones({4});
  at::Tensor strided = at::ones({8}).slice(0, 0, 8, 2), sparse = at::ones({2, 2}).to_sparse(),
             square = at::ones({2, 2});
  REQUIRE_THROWS_AS(group->add(undefined), c10::Error);
  REQUIRE_THROWS_AS(group->add(half), c10::Error);
  REQUIRE_THROWS_AS(group->add(truth), c10::Error);
  REQUIRE_THROWS_AS(group->add(sparse), c10::Error);
  REQUIRE_THROWS_AS(group->append(at::scalar_tensor(1)), c10::Error);
  REQUIRE_THROWS_AS(group->scatter_sums(at::ones({5}), four), c10::Error);
  REQUIRE_THROWS_AS(group->scatter_sums(at::ones({4}, at::kDouble), four), c10::Error);
  REQUIRE_THROWS_AS(group->scatter_sums(four, strided), c10::Error);
  REQUIRE_THROWS_AS(group->gather(at::ones({4}), square), c10::Error);
  REQUIRE_THROWS_AS(group->gather(at::ones({3}), four), c10::Error);
  REQUIRE_THROWS_AS(group->begin_add(half), c10::Error);
  REQUIRE_THROWS_AS(group->begin_add(strided), c10::Error);
  REQUIRE_THROWS_AS(group->begin_gather(at::ones({3}), four), c10::Error);
  REQUIRE_THROWS_AS(group->begin_send(four, 0), c10::Error);
  REQUIRE_THROWS_AS(group->begin_send(four, 1), c10::Error);
  REQUIRE_THROWS_AS(group->receive(0), c10::Error);
}

}  // namespace dlrun::group_test
