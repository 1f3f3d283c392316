// Exchanges between two and three processes: every sum and every order has a closed form.

#include "dist/gloo.h"

#include <ATen/ATen.h>
#include <sys/mman.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "base/random.h"
#include "dist/ranks.h"
#include "support.h"

namespace dlrun::gloo_test {

namespace {

// Whether there is anything to test; says so where not.
bool built() {
  if (gloo_problem().empty()) return true;
  test::skip(gloo_problem());
  return false;
}

// The values of a tensor as a text in which each bit of them shows.
std::string bits(const at::Tensor& tensor) {
  const at::Tensor bytes = tensor.contiguous().view(-1).view(at::kByte);
  std::string text = c10::toString(tensor.scalar_type());
  for (const int64_t length : tensor.sizes()) text += " " + std::to_string(length);
  return text + ":" + std::string(static_cast<const char*>(bytes.data_ptr()), static_cast<size_t>(bytes.numel()));
}

// 1, 2, .. [count], times `factor`.
at::Tensor counting(int64_t count, at::ScalarType type, int64_t factor) {
  return (at::arange(1, count + 1, at::kLong) * factor).to(type);
}

void require_all(const std::vector<test::Ended>& ranks, const std::string& expected) {
  for (size_t rank = 0; rank < ranks.size(); ++rank) {
    INFO("rank " << rank << ": " << ranks[rank].said);
    REQUIRE(ranks[rank].signal == 0);
    REQUIRE(ranks[rank].said == expected);
  }
}

}  // namespace

TEST_CASE("every rank knows its number, and how many there are") {
  if (!built()) return;
  const auto ranks = test::run_ranks(
      3, [](Group& group) { return std::to_string(group.rank()) + "/" + std::to_string(group.size()); });
  REQUIRE(ranks[0].said == "0/3");
  REQUIRE(ranks[1].said == "1/3");
  REQUIRE(ranks[2].said == "2/3");
}

TEST_CASE("add gives every rank the sum over all ranks") {
  if (!built()) return;
  const auto type = GENERATE(at::kFloat, at::kDouble, at::kLong);
  const int64_t size = GENERATE(2, 3);
  const int64_t count = GENERATE(1, 7, 5000);
  require_all(test::run_ranks(size,
                              [&](Group& group) {
                                at::Tensor tensor = counting(count, type, group.rank() + 1);
                                group.add(tensor);
                                return bits(tensor);
                              }),
              bits(counting(count, type, size * (size + 1) / 2)));
}

TEST_CASE("exchanges that begin together end in their order, with others between them") {
  if (!built()) return;
  require_all(test::run_ranks(3,
                              [](Group& group) {
                                at::Tensor large = counting(300'000, at::kFloat, group.rank() + 1);
                                at::Tensor mine = at::full({2}, group.rank(), at::kLong),
                                           all = at::zeros({6}, at::kLong);
                                group.begin_add(large);
                                group.begin_gather(mine, all);
                                at::Tensor between = counting(5, at::kDouble, group.rank() + 1);
                                group.add(between);
                                at::Tensor last = counting(3, at::kLong, group.rank() + 1);
                                group.begin_add(last);
                                group.finish();
                                group.finish();
                                return bits(large) + bits(all) + bits(between) + bits(last);
                              }),
              bits(counting(300'000, at::kFloat, 6)) + bits(at::tensor({0, 0, 1, 1, 2, 2}, at::kLong)) +
                  bits(counting(5, at::kDouble, 6)) + bits(counting(3, at::kLong, 6)));
}

TEST_CASE("add changes the elements of a view and nothing between them; scalars and empty tensors pass") {
  if (!built()) return;
  at::Tensor expected = at::ones({4, 6}, at::kDouble);
  expected.t().slice(0, 1, 6, 2).fill_(3);
  require_all(test::run_ranks(2,
                              [](Group& group) {
                                at::Tensor whole = at::ones({4, 6}, at::kDouble);
                                at::Tensor view = whole.t().slice(0, 1, 6, 2).mul_(group.rank() + 1);
                                at::Tensor scalar = at::scalar_tensor(group.rank() + 5, at::kLong);
                                at::Tensor none = at::empty({0, 3});
                                group.add(view);
                                group.add(scalar);
                                group.add(none);
                                return bits(whole) + bits(scalar) + bits(none);
                              }),
              bits(expected) + bits(at::scalar_tensor(11, at::kLong)) + bits(at::empty({0, 3})));
}

TEST_CASE("sums of numbers that round have the same bits on every rank and in every run") {
  if (!built()) return;
  const auto type = GENERATE(at::kFloat, at::kDouble);
  constexpr int64_t count = 4099;
  const auto numbers = [&](int64_t rank) {
    at::Tensor tensor = at::empty({count}, at::kDouble);
    Random random(7, static_cast<uint32_t>(rank));
    for (int64_t i = 0; i < count; ++i) tensor.data_ptr<double>()[i] = random.normal() * std::exp(8 * random.normal());
    return tensor.to(type);
  };
  const auto sum = [&](Group& group) {
    at::Tensor tensor = numbers(group.rank());
    group.add(tensor);
    return bits(tensor);
  };
  const auto first = test::run_ranks(3, sum);
  for (int run = 0; run < 3; ++run) require_all(test::run_ranks(3, sum), first[0].said);

  // And it is the sum: within the rounding of two additions of it in float64.
  const auto sums = test::run_ranks(3, [&](Group& group) {
    at::Tensor tensor = numbers(group.rank());
    group.add(tensor);
    const at::Tensor exact = numbers(0).to(at::kDouble) + numbers(1) + numbers(2);
    const at::Tensor scale = numbers(0).abs().to(at::kDouble) + numbers(1).abs() + numbers(2).abs();
    const double worst = ((tensor.to(at::kDouble) - exact).abs() / scale).max().item<double>();
    return worst <= (type == at::kFloat ? 1.2e-7 : 2.3e-16) ? std::string("near") : std::to_string(worst);
  });
  require_all(sums, "near");
}

TEST_CASE("append puts the rows of all ranks one after the other, however many each has") {
  if (!built()) return;
  const auto type = GENERATE(at::kFloat, at::kDouble, at::kLong, at::kBool, at::kShort);
  // Rank r has r rows of two numbers, all r + 1; the first has none.
  const at::Tensor expected = at::cat({at::full({1, 2}, 2, at::kLong), at::full({2, 2}, 3, at::kLong)}).to(type);
  require_all(
      test::run_ranks(3,
                      [&](Group& group) {
                        const at::Tensor mine = at::full({2, group.rank()}, group.rank() + 1, at::kLong).to(type);
                        return bits(group.append(mine.t()));  // not contiguous
                      }),
      bits(expected));
  require_all(test::run_ranks(2,
                              [&](Group& group) {
                                return bits(group.append(at::empty({0, 3}, type)));
                              }),
              bits(at::empty({0, 3}, type)));
}

TEST_CASE("append refuses rows that differ between ranks, on every rank") {
  if (!built()) return;
  for (const test::Ended& rank : test::run_ranks(2, [](Group& group) {
         return bits(group.append(at::ones({1, 2 + group.rank()})));
       }))
    REQUIRE(rank.said.starts_with("exception: append of rows of"));
}

TEST_CASE("scatter_sums gives a rank its part of the sum, gather all parts to all") {
  if (!built()) return;
  const auto type = GENERATE(at::kFloat, at::kDouble, at::kLong);
  constexpr int64_t size = 3, part = 5;
  const at::Tensor sum = counting(size * part, type, 6);
  const auto ranks = test::run_ranks(size, [&](Group& group) {
    const at::Tensor whole = counting(size * part, type, group.rank() + 1), before = whole.clone();
    at::Tensor mine = at::zeros({part}, type);
    group.scatter_sums(whole, mine);
    const bool right = mine.equal(sum.narrow(0, group.rank() * part, part)) && whole.equal(before);
    at::Tensor all = at::zeros({size * part}, type);
    group.gather(mine, all);
    return std::string(right ? "right " : "wrong ") + bits(all);
  });
  require_all(ranks, "right " + bits(sum));
}

TEST_CASE("sums in parts are added in the order of ranks, and may begin beside other exchanges") {
  if (!built()) return;
  const auto ranks = test::run_ranks(3, [](Group& group) {
    // 1e8 + 3 + 3 is another float32 than 3 + 3 + 1e8: the first rank's is the largest.
    const at::Tensor whole = at::full({6}, group.rank() == 0 ? 1e8F : 3.0F), mine = at::zeros({2}), sum = at::ones({4});
    group.begin_scatter_sums(whole, mine);
    group.begin_add(sum);
    group.finish();
    return bits(mine) + bits(sum);
  });
  const float by_rank = (1e8F + 3.0F) + 3.0F;
  REQUIRE(by_rank != 1e8F + (3.0F + 3.0F));
  require_all(ranks, bits(at::full({2}, by_rank)) + bits(at::full({4}, 3.0F)));
}

TEST_CASE("from_first gives every rank the values of rank 0, in place") {
  if (!built()) return;
  const auto type = GENERATE(at::kFloat, at::kDouble, at::kLong, at::kBool);
  at::Tensor expected = at::ones({3, 4}, at::kLong);
  expected.t().slice(0, 0, 4, 2).zero_();
  require_all(test::run_ranks(3,
                              [&](Group& group) {
                                at::Tensor whole = at::ones({3, 4}, type);
                                at::Tensor view = whole.t().slice(0, 0, 4, 2).fill_(group.rank());
                                group.from_first(view);
                                return bits(whole);
                              }),
              bits(expected.to(type)));
}

TEST_CASE("what one rank sends another gets, in its order, whatever it is, and others exchange meanwhile") {
  if (!built()) return;
  const std::vector<at::Tensor> sent = {at::arange(12, at::kFloat).view({3, 4}).t(),
                                        at::tensor({1.5F, -2.F}).to(at::kBFloat16),
                                        at::scalar_tensor(7, at::kLong),
                                        at::empty({0, 5}, at::kDouble),
                                        at::tensor({1, 0, 1}, at::kLong).to(at::kBool),
                                        counting(200'000, at::kFloat, 3)};
  std::string all;
  for (const at::Tensor& tensor : sent) all += bits(tensor);
  const auto ranks = test::run_ranks(3, [&](Group& group) {
    // In a ring: everybody begins before anybody takes.
    for (const at::Tensor& tensor : sent) group.begin_send(tensor, (group.rank() + 1) % 3);
    at::Tensor sum = counting(4, at::kLong, 1);
    group.add(sum);
    std::string got;
    for (size_t i = 0; i < sent.size(); ++i) got += bits(group.receive((group.rank() + 2) % 3));
    group.finish();
    return got + bits(sum);
  });
  require_all(ranks, all + bits(counting(4, at::kLong, 3)));
}

TEST_CASE("a tensor with a gradient is exchanged in place and records nothing") {
  if (!built()) return;
  require_all(test::run_ranks(2,
                              [](Group& group) {
                                at::Tensor weight = at::full({3}, group.rank() + 1.0).requires_grad_();
                                at::Tensor sum = weight;
                                group.from_first(weight);
                                group.add(sum);
                                return bits(weight.detach()) + (weight.is_leaf() ? " leaf" : " recorded");
                              }),
              bits(at::full({3}, 2.0)) + " leaf");
}

TEST_CASE("wait_for_all returns when every rank has come") {
  if (!built()) return;
  auto* const come = static_cast<std::atomic<int>*>(
      mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(come != MAP_FAILED);
  require_all(test::run_ranks(3,
                              [&](Group& group) {
                                std::this_thread::sleep_for(std::chrono::milliseconds(60 * group.rank()));
                                ++*come;
                                group.wait_for_all();
                                return std::to_string(*come);
                              }),
              "3");
  munmap(come, sizeof(std::atomic<int>));
}

TEST_CASE("rank 0 opens the meeting place where no launcher did") {
  if (!built()) return;
  const uint16_t port = test::free_port();
  require_all(test::run_places({test::own_place(port, 0, 2), test::own_place(port, 1, 2)},
                               [](Group& group) { return bits(group.append(at::full({1}, group.rank(), at::kLong))); }),
              bits(at::arange(2, at::kLong)));
}

}  // namespace dlrun::gloo_test
