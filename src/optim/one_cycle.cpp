// A learning rate that rises to the optimizer's and falls to almost nothing, with the momentum going the other way.
// (Smith & Topin 2018; torch's OneCycleLR)

#include <cmath>
#include <numbers>

#include "optim/schedule.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct OneCycle final : Schedule {
  double pct_start = 0.3;
  std::string anneal_strategy = "cos";
  bool cycle_momentum = true;
  double base_momentum = 0.85;
  double max_momentum = 0.95;
  double div_factor = 25.0;
  double final_div_factor = 1e4;
  bool three_phase = false;

  std::vector<Field> own_fields() override {
    return {
        field("pct_start", pct_start, "Share of the training in which the rate rises to optimizer.lr.", between(0, 1)),
        field("anneal_strategy", anneal_strategy, "Form of rise and fall.", one_of("cos", "linear")),
        field("cycle_momentum", cycle_momentum,
              "Move the optimizer's momentum, or its beta1, against the rate: from max_momentum to base_momentum and "
              "back; its own value is not used then."),
        field("base_momentum", base_momentum, "Momentum at the highest rate.", more_than(0), less_than(1)),
        field("max_momentum", max_momentum, "Momentum at the beginning and the end.", more_than(0), less_than(1)),
        field("div_factor", div_factor, "The first rate is optimizer.lr divided by this.", more_than(0)),
        field("final_div_factor", final_div_factor, "The last rate is the first divided by this.", more_than(0)),
        field("three_phase", three_phase, "Fall to the first rate as fast as it rose, and then on to the last."),
    };
  }

  std::vector<Relation> own_relations() const override {
    return {
        {"warmup_steps", "not given(warmup_steps) or warmup_steps == 0",
         "one_cycle rises by itself (pct_start); leave warmup_steps out"},
        {"warmup_epochs", "warmup_epochs == 0", "one_cycle rises by itself (pct_start); leave warmup_epochs out"},
        {"base_momentum", "base_momentum <= max_momentum", "must not be above max_momentum"},
        {"pct_start", "not three_phase or pct_start <= 0.5", "must be at most 0.5 with three_phase: it falls as long"},
    };
  }

  Setting after_warmup(double base, const Course& course) const override {
    const double first = base / div_factor, last = first / final_div_factor;
    const auto total = static_cast<double>(course.total_steps);
    struct Phase {
      double end, from, to, momentum_from, momentum_to;
    };
    std::vector<Phase> phases = {{pct_start * total - 1, first, base, max_momentum, base_momentum}};
    if (three_phase) {
      phases.push_back({2 * pct_start * total - 2, base, first, base_momentum, max_momentum});
      phases.push_back({total - 1, first, last, max_momentum, max_momentum});
    } else {
      phases.push_back({total - 1, base, last, base_momentum, max_momentum});
    }

    const auto step = static_cast<double>(course.step);
    double start = 0.0;
    size_t i = 0;
    for (; i + 1 < phases.size() && step > phases[i].end; ++i) start = phases[i].end;
    const Phase& phase = phases[i];
    const double done = phase.end > start ? std::min(1.0, (step - start) / (phase.end - start)) : 1.0;
    Setting setting{.lr = annealed(phase.from, phase.to, done)};
    if (cycle_momentum) setting.momentum = annealed(phase.momentum_from, phase.momentum_to, done);
    return setting;
  }

 private:
  double annealed(double from, double to, double done) const {
    if (anneal_strategy == "linear") return (to - from) * done + from;
    return to + (from - to) / 2.0 * (std::cos(std::numbers::pi * done) + 1);
  }
};

const Registered<Schedule, OneCycle> one_cycle_entry{"one_cycle",
                                                     "A rise to the learning rate and a long fall, with momentum."};

}  // namespace
}  // namespace dlrun
