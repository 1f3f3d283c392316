// A run that goes on is the run that was begun.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "experiment/recipe.h"
#include "optim/schedule.h"
#include "run/checkpoint.h"
#include "run/run_folder.h"

namespace dlrun {

// The recipe with which the run in the folder was begun.
std::unique_ptr<Recipe> read_stored(const RunFolder& folder);

// What decides the numbers of a run may not differ from its stored recipe; what was left to the data then is taken from
// it. True when the recipe is also as long as before. Throws UserError(bad_recipe) with all that differs.
bool check_same_run(Recipe& stored, Recipe& recipe);

// The recipe of a run folder, as YAML: what is monitored and what classes weigh stands in it, where that was left to
// the data.
std::string with_found(const std::string& text, const Recipe& found);

// Says once where a run goes on with other numbers than it would have had: at another rate because it is longer now, on
// another kind of processor.
void tell_other_rates(const Recipe& recipe, const Course& now, int64_t total_steps_before);
void tell_other_processor(const Checkpoint& checkpoint);

}  // namespace dlrun
