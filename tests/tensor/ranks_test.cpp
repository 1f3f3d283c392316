// Rows of all ranks: a loss of all of them, computed by each, has the gradients of one process.

#include "tensor/ranks.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "dist/gloo.h"
#include "dist/ranks.h"
#include "support.h"

namespace dlrun::ranks_test {
namespace {

// Every row against every other.
at::Tensor loss_of(const at::Tensor& rows) { return rows.matmul(rows.t()).tanh().square().sum(); }

std::string compare(Group& group) {
  at::manual_seed(3);
  const at::Tensor all = at::randn({7, 4});
  const int64_t begin = group.rank() == 0 ? 0 : 5, end = group.rank() == 0 ? 5 : 7;
  at::Tensor x = all.clone().set_requires_grad(true);
  loss_of(x).backward();
  at::Tensor mine = all.slice(0, begin, end).clone().set_requires_grad(true);
  {
    const Together together(group, false);
    if (ranks_together() != &group || ranks_of_norms()) return "norms of all ranks";
    const at::Tensor rows = rows_of_all_ranks(mine);
    if (!rows.equal(all)) return "other rows";
    loss_of(rows).backward();
    Batch batch{{"places", all.slice(0, begin, end)}, {"classes", at::arange(begin, end)}};
    batch.set("centers", at::ones({2, 4}), Rows::whole);
    batch.count = end - begin;
    const Batch joined = rows_of_all_ranks(batch);
    if (joined.count != 7 || !joined["places"].equal(all) || !joined["classes"].equal(at::arange(7)) ||
        joined["centers"].size(0) != 2)
      return "another batch";
  }
  // Each rank's loss is that of all rows, and there are as many such losses as ranks.
  const double apart = (mine.grad() - 2 * x.grad().slice(0, begin, end)).abs().max().item<double>();
  return apart <= 1e-5 ? "" : "far: " + std::to_string(apart);
}

}  // namespace

TEST_CASE("rows of all ranks come by rank, and their gradients go back") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  for (const test::Ended& rank : test::run_ranks(2, compare)) CHECK(rank.said.empty());
}

TEST_CASE("alone, rows of all ranks are one's own") {
  const at::Tensor rows = at::ones({2, 3});
  CHECK(rows_of_all_ranks(rows).is_same(rows));
  CHECK(ranks_together() == nullptr);
}

}  // namespace dlrun::ranks_test
