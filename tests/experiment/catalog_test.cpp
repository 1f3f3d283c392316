// The catalog: every component has a file, a test, documented fields and a recipe that uses it.

#include "spec/catalog.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "experiment/experiment.h"
#include "recipes.h"
#include "spec/read.h"

namespace dlrun {
namespace {

// Where the components of a kind live, and how the marker in their files looks.
const std::map<std::string, std::string> kFolders = {
    {"architecture", "models"}, {"augmentation", "data"},  {"data", "data"},      {"exporter", "export"},
    {"loss", "losses"},         {"lr_scheduler", "optim"}, {"metric", "metrics"}, {"optimizer", "optim"},
    {"recipe", "experiment"},   {"task", "tasks"}};

bool registers(const std::filesystem::path& file) {
  return test::read_bytes(file).find("const Registered<") != std::string::npos;
}

void check_documented(std::vector<Field> fields, const std::string& where) {
  std::set<std::string> names;
  for (const Field& field : fields) {
    INFO(where << "." << field.name);
    CHECK(names.insert(field.name).second);
    CHECK(field.doc.size() > 10);
    CHECK((field.doc.ends_with(".") || field.doc.ends_with(")")));
  }
}

TEST_CASE("every component is named like its file, and every file that registers one is in the catalog") {
  std::set<std::string> listed;
  for (const std::string& kind : Catalog::instance().kinds()) {
    if (kind.starts_with("sample_")) continue;  // made up by tests
    INFO(kind);
    REQUIRE(kFolders.contains(kind));
    for (const Entry* entry : Catalog::instance().entries(kind)) {
      INFO(entry->name << " in " << entry->file);
      const std::filesystem::path file = entry->file;
      CHECK(file.stem().string() == entry->name);
      CHECK(file.parent_path() == std::filesystem::path("src") / kFolders.at(kind));
      CHECK(std::filesystem::exists(test::source_dir() / file));
      CHECK(listed.insert(entry->file).second);
      CHECK(entry->doc.ends_with("."));
      check_documented(entry->make()->fields(), kind + "/" + entry->name);
    }
  }
  size_t files = 0;
  for (const auto& [kind, folder] : kFolders) {
    for (const auto& file : std::filesystem::directory_iterator(test::source_dir() / "src" / folder)) {
      if (file.path().extension() != ".cpp" || !registers(file.path())) continue;
      const std::string name = ("src" / std::filesystem::path(folder) / file.path().filename()).string();
      INFO(name);
      CHECK(listed.contains(name));
    }
  }
  for (const auto& file : std::filesystem::recursive_directory_iterator(test::source_dir() / "src"))
    files += file.path().extension() == ".cpp" && registers(file.path());
  CHECK(files == listed.size());
  CHECK(files >= 20);
}

// Names a recipe uses, by kind.
void collect(const std::vector<Field>& fields, std::set<std::string>& used) {
  const auto choice = [&](const AnyChoice& picked) {
    if (!picked.value) return;
    used.insert(picked.kind + "/" + picked.type);
    collect(picked.value->fields(), used);
  };
  for (const Field& field : fields) {
    if (const auto* slot = std::get_if<AnyChoice*>(&field.slot)) choice(**slot);
    if (const auto* slot = std::get_if<AnyChoiceList*>(&field.slot))
      for (const AnyChoice& picked : (*slot)->values) choice(picked);
    if (const auto* slot = std::get_if<Params*>(&field.slot)) collect((*slot)->fields(), used);
  }
}

TEST_CASE("every component is used by a recipe") {
  setenv("DLRUN_DATA", "data", 0);
  std::set<std::string> used = {"recipe/recipe"};
  for (const std::filesystem::path& file : test::recipe_files()) {
    Recipe recipe;
    read_file(file.string(), {}, recipe);
    resolve(recipe);
    collect(recipe.fields(), used);
  }
  for (const std::string& kind : Catalog::instance().kinds()) {
    if (kind.starts_with("sample_")) continue;
    for (const Entry* entry : Catalog::instance().entries(kind)) {
      INFO(kind << "/" << entry->name);
      CHECK(used.contains(kind + "/" + entry->name));
    }
  }
}

}  // namespace
}  // namespace dlrun
