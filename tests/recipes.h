// The recipes of the project, for tests that go through all of them.
//
// A test case about each recipe is tagged [each_recipe] and goes through recipes_to_try(); ctest has an entry for every
// recipe, which runs these test cases for that recipe alone.

#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "support.h"

namespace dlrun::test {

// Every measured recipe (recipes/) and every small one that shows a component in use (tests/recipes/), in the order of
// paths.
inline std::vector<std::filesystem::path> recipe_files() {
  std::vector<std::filesystem::path> files;
  for (const char* folder : {"recipes", "tests/recipes"}) {
    if (!std::filesystem::is_directory(source_dir() / folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(source_dir() / folder))
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The small ones alone, whose data come with the project.
inline std::vector<std::filesystem::path> small_recipe_files() {
  std::vector<std::filesystem::path> files = recipe_files();
  std::erase_if(
      files, [](const std::filesystem::path& file) { return file.parent_path().parent_path().filename() != "tests"; });
  return files;
}

// Recipes name their data below DLRUN_DATA and their embedded data relative to the project: goes there.
inline void find_data() {
  std::filesystem::current_path(source_dir());
  std::error_code missing;
  setenv("DLRUN_DATA", std::filesystem::weakly_canonical(data_root(), missing).c_str(), 1);
}

// The data sets of a recipe that are not here; empty: all are.
inline std::string missing_data(const std::filesystem::path& recipe) {
  static const std::regex place(R"(\$\{env:DLRUN_DATA[^}]*\}/([A-Za-z0-9_.-]+))");
  const std::string text = read_bytes(recipe);
  std::string missing;
  for (std::sregex_iterator found(text.begin(), text.end(), place), end; found != end; ++found)
    if (!std::filesystem::exists(data_root() / (*found)[1].str())) missing += " " + (*found)[1].str();
  return missing;
}

// The recipes a test goes through: the one that DLRUN_RECIPE names, or all, without those whose data are missing. These
// are printed; where nothing is left, the test case counts as skipped.
inline std::vector<std::filesystem::path> recipes_to_try() {
  find_data();
  const char* one = std::getenv("DLRUN_RECIPE");
  std::vector<std::filesystem::path> found;
  for (const std::filesystem::path& file : one ? std::vector{source_dir() / one} : recipe_files()) {
    const std::string missing = missing_data(file);
    if (missing.empty()) {
      found.push_back(file);
    } else {
      std::printf("left out: %s: no real data at %s:%s\n", file.filename().c_str(), data_root().c_str(),
                  missing.c_str());
    }
  }
  if (found.empty()) skip("no recipe whose data are here (set DLRUN_TEST_DATA to the folder that holds them)");
  return found;
}

}  // namespace dlrun::test
