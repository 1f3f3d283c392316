// The fields of `sweep`.

#include "sweep/sweep_settings.h"

namespace dlrun {

std::vector<Field> SweepSettings::fields() {
  return {
      field("vary", vary,
            "What is varied, each as the command line of dlrun sweep has it: a key and its values "
            "(\"optimizer.lr=1e-4,3e-4,1e-3\") or an interval (\"optimizer.lr=1e-4..1e-2:log\").",
            required(), not_empty()),
      field(
          "strategy", strategy,
          "How values are chosen: grid, every combination; random; tpe, more often where trials were good. auto: grid "
          "where all keys have lists and trials is not given, else tpe.",
          one_of("auto", "grid", "random", "tpe")),
      field("trials", trials, "Trainings; default: the whole grid, 20 of random and tpe.", at_least(1)),
      field("seed", seed, "Seed of the draws; trials train with the recipe's.", at_least(0)),
      field("halving", halving, "One of so many trials goes on at each look; not given: all train to their end.",
            at_least(2)),
      field("min_validations", min_validations,
            "Validations before halving looks first; then after each halving times as many.", at_least(1)),
      field("jobs", jobs, "Trials at once, which share the processors.", at_least(1)),
  };
}

}  // namespace dlrun
