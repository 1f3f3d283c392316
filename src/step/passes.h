// The forward and backward passes of a turn, over the parts of its batch.

#pragma once

#include <functional>
#include <span>

#include "dist/group.h"
#include "nn/pipeline_stage.h"
#include "step/parts.h"
#include "tasks/task.h"

namespace dlrun {

struct StepWatcher;

struct Passes {
  std::function<Outcome(const Part& part)> turn;           // forward
  std::function<at::Tensor(const Outcome& outcome)> from;  // the scalar that the gradients are of
  std::function<void()> before_last;                       // of the backward passes
};

// Makes them part by part, each forward and then backward, and joins what they gave, detached.
Outcome make_passes(const Passes& passes, std::span<const Part> parts, StepWatcher* watcher);

// The same in one stage of a pipeline, in the order that suits all. An exchange of `stages`: those that do not have the
// last layers get the loss and its weight, and nothing else; `watcher` and passes.from are not asked in them.
Outcome make_passes(const Passes& passes, std::span<const Part> parts, StepWatcher* watcher, PipelineStage& stage,
                    Group& stages);

}  // namespace dlrun
