// Stochastic weight averaging against torch.optim.swa_utils.

#include "step/swa.h"

#include <catch2/catch.hpp>

#include "data/augmented.h"
#include "golden.h"
#include "step/ema.h"

namespace dlrun::swa_test {

TEST_CASE("an even average is the weights until the first are taken, and then their mean") {
  const nlohmann::json golden = read_golden("limits")["averaged"];
  const at::Tensor weights = at::zeros({2, 3});
  WeightAverage average({weights});
  for (int64_t step = 1; step <= 6; ++step) {
    weights.copy_(numbers({2, 3}, 0.5 * static_cast<double>(step)));
    average.update(step, step >= 3);
    if (step < 3)
      CHECK(average.averages()[0].equal(weights));
    else
      CHECK(average.averages()[0].allclose(test::from_json(golden[static_cast<size_t>(step - 3)]).to(at::kFloat), 1e-6,
                                           1e-7));
  }
  CHECK(average.taken() == 4);
  // Between two that are taken it stays.
  const at::Tensor before = average.averages()[0].clone();
  weights.zero_();
  average.update(7);
  CHECK(average.averages()[0].equal(before));
}

TEST_CASE("the rate moves from the schedule's to that of the averaging, as SWALR moves it") {
  Swa swa;
  swa.start = 0.5;
  swa.lr = 0.05;
  swa.anneal_epochs = 2;
  const TrainingSpan span{.total_steps = 20, .steps_per_epoch = 2};
  CHECK(swa_start(swa, span) == 10);
  for (const char* strategy : {"cos", "linear"}) {
    swa.anneal_strategy = strategy;
    const nlohmann::json golden = read_golden("limits")["rates"][strategy];
    for (size_t i = 0; i < golden.size(); ++i)
      CHECK(swa_rate(swa, span, 0.5, 10 + static_cast<int64_t>(i)) == Approx(golden[i].get<double>()).margin(1e-12));
  }
}

TEST_CASE("weights are taken after the start, once in an epoch or every so many steps") {
  Swa swa;
  const TrainingSpan span{.total_steps = 40, .steps_per_epoch = 4};
  const auto taken = [&] {
    std::vector<int64_t> steps;
    for (int64_t step = 1; step <= 40; ++step)
      if (swa_takes(swa, span, step)) steps.push_back(step);
    return steps;
  };
  CHECK(taken() == std::vector<int64_t>{32, 36, 40});
  swa.every_n_steps = 3;
  CHECK(taken() == std::vector<int64_t>{33, 36, 39});
}

}  // namespace dlrun::swa_test
