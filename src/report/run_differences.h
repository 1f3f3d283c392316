// What differs in two runs beside their results: recipe, code, environment, data.

#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "report/run_record.h"
#include "spec/write.h"

namespace dlrun {

struct RunDifferences {
  std::vector<Difference> recipe;       // but for names, descriptions and folders
  std::vector<Difference> code;         // dlrun's version, revision, compiler; libtorch
  std::vector<Difference> environment;  // machine, threads, variables; not the time, not the command
  std::vector<Difference> data;         // sizes of splits, and whether the same was learned of them
};

// "" for what one of them has not. Keys are paths as in environment.json.
RunDifferences differences_of(Params& first_recipe, Params& second_recipe, const std::string& first_folder,
                              const std::string& second_folder);

// Keys that have different values in some of the runs, by their path, with a value for each run; not names,
// descriptions and folders.
std::map<std::string, std::vector<std::string>> differing_keys(std::span<const RunRecord> runs);

}  // namespace dlrun
