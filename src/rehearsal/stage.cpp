// Where rehearsals take place.

#include "rehearsal/stage.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "base/units.h"
#include "rehearsal/rehearsal.h"

namespace dlrun {
namespace {

constexpr int64_t small_network = 20'000'000;  // parameters: real weights for these cost less than 100 MB

bool on_meta(const Module& network) {
  const std::vector<NamedTensor> parameters = network.parameters();
  return !parameters.empty() && parameters.front().tensor->is_meta();
}

}  // namespace

Stage::Stage(Recipe& recipe, const BuildOptions& options) : recipe_(recipe), options_(options) {
  options_.weights = false;
  experiment_.emplace(build(recipe_, options_));
}

void Stage::run(const std::function<void(const Experiment&)>& work) {
  try {
    return work(*experiment_);
  } catch (const RehearsalError& error) {
    if (!error.needs_values || !on_meta(*experiment_->all)) throw;
    give_weights((error.module.empty() ? "the network" : error.module) + ": its " + error.op);
  } catch (const c10::NotImplementedError&) {
    if (!on_meta(*experiment_->all)) throw;
    give_weights("the network");
  }
  work(*experiment_);
}

void Stage::give_weights(const std::string& reason) {
  int64_t count = 0;
  for (const NamedTensor& parameter : experiment_->all->parameters()) count += parameter.tensor->numel();
  if (count > small_network)
    throw NeedsValues(
        fmt::format("{} needs numbers, and real weights for {} parameters would take too much memory here", reason,
                    count_text(count)));
  options_.weights = true;
  options_.fitted = experiment_->fitted;
  options_.splits = experiment_->splits;
  experiment_.emplace(build(recipe_, options_));
}

}  // namespace dlrun
