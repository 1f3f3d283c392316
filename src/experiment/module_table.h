// What a rehearsal found, for people and programs.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiment/rehearsal.h"

namespace dlrun {

struct ModuleTableOptions {
  std::string network;  // what the first row is called
  int64_t depth = -1;   // modules nested deeper are counted with the one they are in; -1: no limit
  bool fold = true;     // neighbours that are alike are shown once
  int width = 80;       // columns
};

// One row a module; the numbers of a row include the modules inside it. Modules without parameters that called no
// operator are left out.
std::string module_table(const Rehearsal& rehearsal, const ModuleTableOptions& options);
std::vector<nlohmann::ordered_json> module_records(const Rehearsal& rehearsal);

// A table of training steps, and their record. `resident` is what the process takes before the first step: program,
// libraries, data.
std::string step_table(const std::vector<StepCost>& costs, int64_t resident, int width);
nlohmann::ordered_json step_record(const StepCost& cost, int64_t resident);

}  // namespace dlrun
