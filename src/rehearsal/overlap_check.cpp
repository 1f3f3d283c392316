// Before every training: no sample may be in two splits.

#include "rehearsal/overlap_check.h"

#include <fmt/format.h>

#include "audit/overlap_cache.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"

namespace dlrun {
namespace {

KnownData known_or_found(const Experiment& experiment) {
  Recipe& recipe = experiment.recipe;
  OpenOptions options;
  options.seed = static_cast<uint64_t>(recipe.seed);
  options.classification = recipe.task->classification();
  const OverlapCache cache(recipe.data.type, *recipe.data, options);
  if (std::optional<KnownData> known = cache.load()) return *known;
  const double start = monotonic_seconds();
  const KnownData found{find_overlaps(experiment.splits), contents_of(experiment.splits)};
  log_detail(fmt::format("looked for samples that are in two splits: {}", duration_text(monotonic_seconds() - start)));
  cache.store(found);
  return found;
}

}  // namespace

Contents refuse_overlap(const Experiment& experiment) {
  std::vector<std::string> problems;
  const KnownData known = known_or_found(experiment);
  if (!experiment.recipe.data_check.allows("exact_overlap"))
    for (const Overlap& overlap : known.overlaps)
      if (overlap.count > 0) problems.push_back(overlap_text(overlap));
  for (Split* split : {experiment.splits.train.get(), experiment.splits.val.get(), experiment.splits.test.get()})
    if (split) split->forget_rows();
  if (problems.empty()) return known.contents;
  throw UserError(ExitCode::bad_data, "data: " + join(problems, "; ") +
                                          ". Remove them, or allow it by name: data_check: {allow: [exact_overlap]}. "
                                          "`dlrun data check` shows them all.");
}

void refuse_change(const Contents& before, const Contents& now, const DataCheckSettings& settings) {
  if (settings.allows("changed_data")) return;
  std::vector<std::string> changed;
  for (const char* split : {"train", "val", "test"}) {
    const auto old = before.find(split), current = now.find(split);
    const bool both = old != before.end() && current != now.end();
    if (both ? old->second != current->second : old != before.end() || current != now.end()) changed.push_back(split);
  }
  if (changed.empty()) return;
  throw UserError(
      ExitCode::bad_data,
      fmt::format("data: the {} split{} not what this run was started with: samples, targets or their order "
                  "have changed. Bring the old files back, or start another run (output_dir=...). To go on "
                  "with the new ones all the same: data_check.allow=[changed_data]",
                  join(changed, " and the "), changed.size() == 1 ? " is" : "s are"));
}

}  // namespace dlrun
