// The largest batch whose training step fits into memory.

#include "rehearsal/batch_fit.h"

#include <algorithm>

#include "base/error.h"
#include "base/memory.h"
#include "data/whole_batches.h"
#include "rehearsal/rehearsal.h"
#include "rehearsal/stage.h"
#include "tasks/plays.h"

namespace dlrun {

BatchFit fit_batch(Recipe& recipe, std::optional<int64_t> limit) {
  Stage stage(recipe);
  const ProcessMemory before = process_memory();
  if (makes_whole_batches(*recipe.sampler) || dynamic_cast<const Plays*>(recipe.task.value.get()))
    throw UserError(ExitCode::bad_recipe, "--find-batch-size: here the sampler or the task decides what a batch is");
  if (!limit && !stage.experiment().device.is_cpu())
    throw UserError(ExitCode::usage,
                    "--find-batch-size: say how much memory the accelerator has for this: --memory 16GiB");
  BatchFit fit;
  fit.limit = limit ? *limit : machine_memory();
  const int64_t parts = recipe.trainer.parts();
  fit.least = parts;
  fit.samples = stage.experiment().samples("train")->size();
  const auto peak_of = [&](int64_t batch) {
    int64_t peak = 0;
    try {
      stage.run([&](const Experiment& experiment) {
        peak = rehearse(experiment, {.batch_size = batch, .repeat = 3}).cost.peak(before);
      });
    } catch (const RehearsalError& error) {
      throw UserError(ExitCode::bad_recipe, std::string("architecture: ") + error.what());
    } catch (const NeedsValues& error) {
      throw UserError(ExitCode::bad_recipe, std::string("architecture: ") + error.what());
    }
    return peak;
  };

  const int64_t most = std::max<int64_t>(1, fit.samples / parts);  // samples of a part
  int64_t fits = 0, fails = most + 1;
  for (int64_t rows = 1; rows < fails; rows = std::min(2 * rows, most)) {
    const int64_t peak = peak_of(rows * parts);
    if (peak <= fit.limit || fits == 0) fit.peak = peak;
    if (peak > fit.limit)
      fails = rows;
    else
      fits = rows;
    if (rows == most) break;
  }
  // Within one in sixteen: what a step takes is predicted no better.
  while (fits > 0 && fails - fits > std::max<int64_t>(1, fits / 16)) {
    const int64_t rows = fits + (fails - fits) / 2;
    const int64_t peak = peak_of(rows * parts);
    if (peak > fit.limit) {
      fails = rows;
    } else {
      fits = rows;
      fit.peak = peak;
    }
  }
  fit.largest = fits * parts;
  return fit;
}

}  // namespace dlrun
