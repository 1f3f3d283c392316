// Tasks that another task can hold which asks the network itself.

#pragma once

#include <nlohmann/json.hpp>

#include "tasks/task.h"

namespace dlrun {

// Stands beside a task's base: it looks at what a network answered, and at nothing else of the network.
struct JudgesAnswers {
  virtual ~JudgesAnswers() = default;
  // Its turn behind the forward pass: `answer` to what `batch` has beside "target" and "weight".
  virtual Outcome judge(const Batch& answer, const Batch& batch, const Loss& loss) const = 0;
  // Its predictions likewise: one JSON object for each row of output.
  virtual nlohmann::json tell(const at::Tensor& output) const = 0;
};

}  // namespace dlrun
