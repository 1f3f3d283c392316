// The recipes of the project, for tests that go through all of them: the measured ones in recipes/, and small ones in
// tests/recipes, over embedded data, for components that no measured one uses.

#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "support.h"

namespace dlrun::test {

// Every file *.yaml of a folder of the project, in the order of names.
inline std::vector<std::filesystem::path> recipes_in(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(source_dir() / folder))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

inline std::vector<std::filesystem::path> recipe_files() { return recipes_in("recipes"); }
inline std::vector<std::filesystem::path> small_recipe_files() { return recipes_in("tests/recipes"); }

// Recipes name their data below DLRUN_DATA and their embedded data relative to the project: goes there. False, after a
// printed skip, where the data sets are missing.
inline bool find_recipe_data() {
  std::filesystem::current_path(source_dir());
  const std::filesystem::path folder = real_data("fashion-mnist");
  if (folder.empty()) return false;
  setenv("DLRUN_DATA", folder.parent_path().c_str(), 1);
  return true;
}

}  // namespace dlrun::test
