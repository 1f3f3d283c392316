// Before every training: no sample may be in two splits.

#include "experiment/overlap_check.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "data/audit/overlap_cache.h"

namespace dlrun {
namespace {

std::vector<Overlap> known_or_found(const Experiment& experiment) {
  Recipe& recipe = experiment.recipe;
  OpenOptions options;
  options.seed = static_cast<uint64_t>(recipe.seed);
  options.classification = recipe.task->classification();
  const OverlapCache cache(recipe.data.type, *recipe.data, options);
  if (std::optional<std::vector<Overlap>> known = cache.load()) return *known;
  const double start = monotonic_seconds();
  std::vector<Overlap> found = find_overlaps(experiment.splits);
  log_detail(fmt::format("looked for samples that are in two splits: {}", duration_text(monotonic_seconds() - start)));
  cache.store(found);
  return found;
}

}  // namespace

void refuse_overlap(const Experiment& experiment) {
  std::vector<std::string> problems;
  if (!experiment.recipe.data_check.allows("exact_overlap"))
    for (const Overlap& overlap : known_or_found(experiment))
      if (overlap.count > 0) problems.push_back(overlap_text(overlap));
  for (Split* split : {experiment.splits.train.get(), experiment.splits.val.get(), experiment.splits.test.get()})
    if (split) split->forget_rows();
  if (problems.empty()) return;
  throw UserError(ExitCode::bad_data, "data: " + join(problems, "; ") +
                                          ". Remove them, or allow it by name: data_check: {allow: [exact_overlap]}. "
                                          "`dlrun data check` shows them all.");
}

}  // namespace dlrun
