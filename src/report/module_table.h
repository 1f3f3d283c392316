// What a rehearsal found, for people and programs.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rehearsal/rehearsal.h"

namespace dlrun {

struct ModuleTableOptions {
  std::string network;  // what the first row is called
  int64_t depth = -1;   // modules nested deeper are counted with the one they are in; -1: no limit
  bool fold = true;     // neighbours that are alike are shown once
  int width = 80;       // columns
  bool costs = true;    // operations and memory; false for modules that were only watched
};

// One row a module; the numbers of a row include the modules inside it. Modules without parameters that called no
// operator are left out.
std::string module_table(const std::vector<ModuleCost>& modules, const ModuleTableOptions& options);
std::vector<nlohmann::ordered_json> module_records(const std::vector<ModuleCost>& modules);

// A table of training steps, and their record. `before` the first step the process holds program, libraries, data.
std::string step_table(const std::vector<StepCost>& costs, const ProcessMemory& before, int width);
nlohmann::ordered_json step_record(const StepCost& cost, const ProcessMemory& before);

}  // namespace dlrun
