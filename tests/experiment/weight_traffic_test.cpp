// Shards that are gathered ahead, and gradients that are added up behind: what is asked for when, and that nothing old
// is given.

#include "experiment/weight_traffic.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

namespace dlrun::weight_traffic_test {
namespace {

// The second of two ranks that hold the same; writes down what begins ("g" and every other number of what is gathered,
// "s" and how many numbers are added up) and what is waited for ("."; "," for sums).
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
  void collect(const at::Tensor&, at::Tensor&) override {}
  void spread(at::Tensor&) override {}
  void begin_sum(const at::Tensor&) override {}
  void begin_sum_parts(const at::Tensor& whole, const at::Tensor& mine) override {
    log += "s" + std::to_string(whole.numel());
    at::Tensor(mine).copy_(whole.narrow(0, mine.numel(), mine.numel()) * 2);
  }
  void begin_collect(const at::Tensor& mine, const at::Tensor& whole) override {
    log += "g";
    const at::Tensor numbers = mine.view(at::kFloat);
    for (int64_t i = 0; i < numbers.numel(); i += 2) log += std::to_string(static_cast<int>(numbers[i].item<float>()));
    at::Tensor(whole).copy_(at::cat({mine, mine}));
  }
  void begin_pass(const at::Tensor&, int64_t) override {}
  void take(at::Tensor&, int64_t) override {}
};

using Kind = WeightTraffic::Kind;
using Modules = std::vector<std::vector<int>>;  // the numbers of their shards

// Four shards of two numbers, so weights of 16 bytes, that modules ask for; "[" and "]" in the log around each.
struct Asker {
  std::string log;
  Recorder group{log};
  WeightTraffic traffic;
  std::vector<at::Tensor> shards;

  explicit Asker(int64_t run_bytes) : traffic(group, run_bytes) {
    for (int i = 1; i <= 4; ++i) shards.push_back(at::full({2}, i, at::kFloat));
  }
  void ask(const std::vector<int>& which) {
    std::vector<at::Tensor> asked;
    for (const int i : which) asked.push_back(shards[static_cast<size_t>(i - 1)]);
    log += "[";
    const std::vector<at::Tensor> whole = traffic.gather(asked);
    log += "]";
    REQUIRE(whole.size() == asked.size());
    for (size_t i = 0; i < asked.size(); ++i) {
      CHECK(whole[i].equal(at::cat({asked[i], asked[i]})));
      CHECK(whole[i].storage().nbytes() == 16);  // which may be given back by itself
    }
  }
  std::string turn(Kind kind, const Modules& modules) {
    log.clear();
    WeightTraffic::Turn one(traffic, kind);
    for (const std::vector<int>& module : modules) ask(module);
    one.finish();
    return log;
  }
};

}  // namespace

TEST_CASE("from its second turn on weights are asked for one module ahead, and never across the end of a turn") {
  Asker asker(0);
  const auto turn = [&](Kind kind, const Modules& modules) { return asker.turn(kind, modules); };
  const Modules order = {{1}, {2, 3}, {4}, {1}};
  CHECK(turn(Kind::learns, order) == "[g1.][g23.][g4.][g1.]");
  CHECK(turn(Kind::learns, order) == "g1[.g23][.g4][.g1][.]");
  // Weights that were changed since then are those that come.
  for (at::Tensor& shard : asker.shards) shard.add_(4);
  CHECK(turn(Kind::learns, order) == "g5[.g67][.g8][.g5][.]");
  // Answers have an order of their own, and asking outside of turns none.
  CHECK(turn(Kind::answers, {{1}, {4}}) == "[g5.][g8.]");
  asker.log.clear();
  asker.ask({2});
  CHECK(asker.log == "[g6.]");
  CHECK(turn(Kind::answers, {{1}, {4}}) == "g5[.g8][.]");
  // Another order: what came unasked is left, and the next turn knows it. A turn may be shorter, and longer.
  CHECK(turn(Kind::learns, {{1}, {4}, {2, 3}}) == "g5[.g67][g8.][g67.]");
  CHECK(turn(Kind::learns, {{1}, {4}}) == "g5[.g8][.g67]");
  CHECK(turn(Kind::learns, order) == "g5[.g8][g67.][g8.][g5.]");
}

TEST_CASE("weights that are asked for one after the other travel together, as many bytes as a run may have") {
  const Modules order = {{1}, {2}, {3, 4}, {3, 4}, {2}};
  const auto second = [&](int64_t run_bytes) {
    Asker asker(run_bytes);
    CHECK(asker.turn(Kind::learns, order) == "[g1.][g2.][g34.][g34.][g2.]");
    return asker.turn(Kind::learns, order);
  };
  CHECK(second(16) == "g1[.g2][.g34][.g34][.g2][.]");
  CHECK(second(32) == "g12[.g34][][.g34][.g2][.]");
  CHECK(second(48) == "g12[.g34][][.g342][.][]");
  // What is asked for twice travels once.
  CHECK(second(64) == "g1234[.g342][][][.][]");
  CHECK(second(1024) == "g1234[.][][][][]");
}

TEST_CASE("where a run is not asked for in its order the rest of it is left") {
  Asker asker(32);
  CHECK(asker.turn(Kind::learns, {{1}, {2}, {3}, {4}}) == "[g1.][g2.][g3.][g4.]");
  CHECK(asker.turn(Kind::learns, {{1}, {3}, {2}, {4}}) == "g12[.g34][g3.][g2.][g4.]");
  CHECK(asker.turn(Kind::learns, {{1}, {3}, {2}, {4}}) == "g13[.g24][][.][]");
}

TEST_CASE("a sum travels until the next begins, and is in the gradient when the turn has ended") {
  std::string log;
  Recorder group(log);
  WeightTraffic traffic(group, 0);
  const at::Tensor first = at::zeros({2}).requires_grad_(), second = at::zeros({2}).requires_grad_();
  second.mutable_grad() = at::full({2}, 100.0F);
  {
    WeightTraffic::Turn turn(traffic, Kind::learns);
    traffic.add_gradient(at::arange(4, at::kFloat), first);
    traffic.add_gradient(at::arange(4, 8, at::kFloat), second);
    traffic.add_gradient(at::arange(4, at::kFloat), first);
    CHECK(log == "s4,s4,s4");
    turn.finish();
    CHECK(log == "s4,s4,s4,");
  }
  CHECK(first.grad().equal(at::tensor({8.0F, 12.0F})));  // the second rank's part, twice its sum
  CHECK(second.grad().equal(at::tensor({112.0F, 114.0F})));
  log.clear();
  traffic.add_gradient(at::arange(4, at::kFloat), first);
  CHECK(log == "s4,");  // outside of turns at once
  CHECK(first.grad().equal(at::tensor({12.0F, 18.0F})));
}

TEST_CASE("gradients travel together once they are a run's bytes, and the rest when the turn ends") {
  std::string log;
  Recorder group(log);
  WeightTraffic traffic(group, 40);
  const at::Tensor first = at::zeros({2}).requires_grad_(), second = at::zeros({4}).requires_grad_();
  {
    WeightTraffic::Turn turn(traffic, Kind::learns);
    traffic.add_gradient(at::arange(4, at::kFloat), first);  // 16 bytes
    CHECK(log == "");
    traffic.add_gradient(at::arange(8, at::kFloat), second);
    CHECK(log == "s12");
    traffic.add_gradient(at::arange(4, at::kFloat), first);
    CHECK(log == "s12");
    turn.finish();
    CHECK(log == "s12,s4,");
  }
  CHECK(first.grad().equal(at::tensor({8.0F, 12.0F})));
  CHECK(second.grad().equal(at::tensor({8.0F, 10.0F, 12.0F, 14.0F})));
}

}  // namespace dlrun::weight_traffic_test
