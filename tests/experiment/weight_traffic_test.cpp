// Shards that are gathered ahead, and gradients that are added up behind: what is asked for when, and that nothing old
// is given.

#include "experiment/weight_traffic.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

namespace dlrun::weight_traffic_test {
namespace {

// The first of two ranks that hold the same; writes down what begins ("g" and the first number of a shard, "s" for a
// sum) and what is waited for ("."; "," for sums).
struct Recorder final : Group {
  explicit Recorder(std::string& log, bool sums = false) : log(log), sums(sums) {}
  int64_t rank() const override { return 1; }
  int64_t size() const override { return 2; }
  void wait_for_all() override {}
  void use(at::Device) override {}
  at::Device device() const override { return at::kCPU; }
  void finish() override { log += sums ? "," : "."; }
  std::shared_ptr<Group> part(const std::string&, int64_t, int64_t, int64_t) override {
    return std::make_shared<Recorder>(log, true);
  }

  std::string& log;
  bool sums;

 private:
  void sum(at::Tensor&) override {}
  void sum_parts(const at::Tensor&, at::Tensor&) override {}
  void collect(const at::Tensor&, at::Tensor&) override {}
  void spread(at::Tensor&) override {}
  void begin_sum(const at::Tensor& tensor) override {
    log += "s";
    at::Tensor(tensor).mul_(2);
  }
  void begin_collect(const at::Tensor& mine, const at::Tensor& whole) override {
    log += "g" + std::to_string(static_cast<int>(mine.view(at::kFloat)[0].item<float>()));
    at::Tensor(whole).copy_(at::cat({mine, mine}));
  }
  void begin_pass(const at::Tensor&, int64_t) override {}
  void take(at::Tensor&, int64_t) override {}
};

using Kind = WeightTraffic::Kind;

}  // namespace

TEST_CASE("from its second turn on weights are asked for one module ahead, and never across the end of a turn") {
  std::string log;
  Recorder group(log);
  WeightTraffic traffic(group);
  std::vector<at::Tensor> shards;
  for (int i = 1; i <= 4; ++i) shards.push_back(at::full({2}, i, at::kFloat));
  const auto ask = [&](const std::vector<int>& which) {
    std::vector<at::Tensor> asked;
    for (const int i : which) asked.push_back(shards[static_cast<size_t>(i - 1)]);
    log += "[";
    const std::vector<at::Tensor> whole = traffic.gather(asked);
    log += "]";
    REQUIRE(whole.size() == asked.size());
    for (size_t i = 0; i < asked.size(); ++i) CHECK(whole[i].equal(at::cat({asked[i], asked[i]})));
  };
  const auto turn = [&](Kind kind, const std::vector<std::vector<int>>& modules) {
    log.clear();
    WeightTraffic::Turn one(traffic, kind);
    for (const std::vector<int>& module : modules) ask(module);
    one.finish();
    return log;
  };
  const std::vector<std::vector<int>> order = {{1}, {2, 3}, {4}, {1}};
  CHECK(turn(Kind::learns, order) == "[g1.][g2g3.][g4.][g1.]");
  CHECK(turn(Kind::learns, order) == "g1[.g2g3][.g4][.g1][.]");
  // Weights that were changed since then are those that come.
  for (at::Tensor& shard : shards) shard.add_(4);
  CHECK(turn(Kind::learns, order) == "g5[.g6g7][.g8][.g5][.]");
  // Answers have an order of their own, and asking outside of turns none.
  CHECK(turn(Kind::answers, {{1}, {4}}) == "[g5.][g8.]");
  log.clear();
  ask({2});
  CHECK(log == "[g6.]");
  CHECK(turn(Kind::answers, {{1}, {4}}) == "g5[.g8][.]");
  // Another order: what came unasked is left, and the next turn knows it. A turn may be shorter, and longer.
  CHECK(turn(Kind::learns, {{1}, {4}, {2, 3}}) == "g5[.g6g7][g8.][g6g7.]");
  CHECK(turn(Kind::learns, {{1}, {4}}) == "g5[.g8][.g6g7]");
  CHECK(turn(Kind::learns, order) == "g5[.g8][g6g7.][g8.][g5.]");
}

TEST_CASE("a sum travels until the next begins, and is in the gradient when the turn has ended") {
  std::string log;
  Recorder group(log);
  WeightTraffic traffic(group);
  const at::Tensor first = at::zeros({2}).requires_grad_(), second = at::zeros({2}).requires_grad_();
  second.mutable_grad() = at::full({2}, 100.0F);
  {
    WeightTraffic::Turn turn(traffic, Kind::learns);
    traffic.add_gradient(at::arange(4, at::kFloat), first);
    traffic.add_gradient(at::arange(4, 8, at::kFloat), second);
    traffic.add_gradient(at::arange(4, at::kFloat), first);
    CHECK(log == "s,s,s");
    turn.finish();
    CHECK(log == "s,s,s,");
  }
  CHECK(first.grad().equal(at::tensor({8.0F, 12.0F})));  // the second rank's part, twice its sum
  CHECK(second.grad().equal(at::tensor({112.0F, 114.0F})));
  log.clear();
  traffic.add_gradient(at::arange(4, at::kFloat), first);
  CHECK(log == "s,");  // outside of turns at once
  CHECK(first.grad().equal(at::tensor({12.0F, 18.0F})));
}

}  // namespace dlrun::weight_traffic_test
