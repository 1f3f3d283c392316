// A network for tables beside the published code.

#pragma once

#include "models/support.h"
#include "tables.h"

namespace dlrun {

// Weights filled by the formula: outputs in training and after it, and gradients, are those of the golden file.
inline void check_table_case(const Architecture& architecture, const Shapes& shapes, const nlohmann::json& golden,
                             double of_gradients = 1e-4) {
  const auto network = architecture.build(shapes);
  fill_by_formula(*network);
  const Batch batch = table_batch(shapes, 6);
  const at::Tensor output = network->forward(batch)["output"];
  CHECK(relative_difference(output, golden["train"]) < 1e-5);
  check_gradients(*network, output, golden["gradients"], of_gradients);
  network->set_training(false);
  CHECK(relative_difference(network->forward(batch)["output"], golden["eval"]) < 1e-5);
}

}  // namespace dlrun
