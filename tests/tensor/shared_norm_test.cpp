// Batch norms of several ranks against at::batch_norm of all their rows.

#include "tensor/shared_norm.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "dist/gloo.h"
#include "dist/ranks.h"
#include "nn/batch_norm.h"
#include "support.h"

namespace dlrun::shared_norm_test {
namespace {

struct Case {
  std::vector<int64_t> sizes;  // of the rows of all ranks
  bool joined;                 // with relu and pooling, as one operator
};

at::Tensor after(BatchNorm& norm, const at::Tensor& input, bool joined) {
  if (!joined) return norm.forward(input);
  at::Tensor x = input;
  TORCH_CHECK(norm.forward_relu_pool(x, 2), "no operator for it");
  return x;
}

// What differs from a norm of all rows in one process; "" where nothing does. Ranks have unequally many rows.
std::string compare(Group& group, const Case& from) {
  at::manual_seed(5);
  const auto memory = from.sizes.size() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const at::Tensor all = (at::randn(from.sizes) * 2 + 3).contiguous(memory);
  const int64_t rows = from.sizes[0], channels = from.sizes[1];
  const int64_t begin = group.rank() * group.rank() * rows / (group.size() * group.size());
  const int64_t end = (group.rank() + 1) * (group.rank() + 1) * rows / (group.size() * group.size());
  const at::Tensor scale = at::randn({channels}), shift = at::randn({channels});

  BatchNorm whole(channels), part(channels);
  for (BatchNorm* norm : {&whole, &part}) {
    norm->weight = scale.clone().set_requires_grad(true);
    norm->bias = shift.clone().set_requires_grad(true);
  }
  at::Tensor x = all.clone().set_requires_grad(true);
  at::Tensor mine = all.slice(0, begin, end).clone(memory).set_requires_grad(true);
  const at::Tensor expected = after(whole, x, from.joined);
  const at::Tensor incoming = at::randn(expected.sizes());
  expected.backward(incoming);
  at::Tensor found;
  {
    const Together together(group, true);
    found = after(part, mine, from.joined);
    found.backward(incoming.slice(0, begin, end));
  }
  at::Tensor weight = part.weight.grad().clone(), bias = part.bias.grad().clone();
  group.add(weight);
  group.add(bias);

  std::string far;
  const auto same = [&](const char* what, const at::Tensor& a, const at::Tensor& b) {
    const double most = (a - b).abs().max().item<double>(), size = a.abs().max().item<double>();
    if (!(most <= 2e-6 * std::max(1.0, size))) far += std::string(what) + " " + std::to_string(most) + "; ";
  };
  same("output", expected.slice(0, begin, end).detach(), found.detach());
  same("input gradient", x.grad().slice(0, begin, end), mine.grad());
  same("weight gradient", whole.weight.grad(), weight);
  same("bias gradient", whole.bias.grad(), bias);
  same("mean", whole.running_mean, part.running_mean);
  same("variance", whole.running_var, part.running_var);
  at::Tensor statistics = part.running_var.clone();
  group.from_first(statistics);
  if (!statistics.equal(part.running_var)) far += "other bits than rank 0's; ";
  return far;
}

}  // namespace

TEST_CASE("norms of all ranks are the norm of all rows, and so are their gradients") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  const int64_t ranks = GENERATE(2, 3);
  const Case from =
      GENERATE(Case{{18, 7}, false}, Case{{18, 5, 3}, false}, Case{{9, 16, 4, 6}, false}, Case{{9, 32, 4, 6}, true});
  for (const test::Ended& rank : test::run_ranks(ranks, [&](Group& group) { return compare(group, from); })) {
    CHECK(rank.said.empty());
    CHECK(rank.signal == 0);
  }
}

TEST_CASE("one row of each rank is enough for a norm of all") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  for (const test::Ended& rank : test::run_ranks(2, [&](Group& group) { return compare(group, {{4, 3}, false}); }))
    CHECK(rank.said.empty());
}

}  // namespace dlrun::shared_norm_test
