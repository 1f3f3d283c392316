// The catalog: every component has a file, a test, a reference page, documented fields and a recipe that uses it.

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
#include "spec/relation.h"

namespace dlrun::catalog_test {
namespace {

// Where the components of a kind live, and how the marker in their files looks.
const std::map<std::string, std::string> kFolders = {
    {"architecture", "models"}, {"augmentation", "data"},  {"data", "data"},      {"exporter", "export"},
    {"loss", "losses"},         {"lr_scheduler", "optim"}, {"metric", "metrics"}, {"optimizer", "optim"},
    {"recipe", "experiment"},   {"sampler", "data"},       {"task", "tasks"},     {"tokenizer", "data"}};

// Kinds whose components are tested together still, and where. A kind leaves the list with its last shared test.
const std::map<std::string, std::string> kTestedTogether = {{"sampler", "data/sampler_test.cpp"},
                                                            {"task", "experiment/recipes_test.cpp"},
                                                            {"tokenizer", "data/text_table_test.cpp"}};

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

TEST_CASE("every component has a test and a reference page of its own") {
  const std::filesystem::path tests = test::source_dir() / "tests", pages = test::source_dir() / "docs/reference";
  std::map<std::string, int> without;
  for (const auto& [kind, folder] : kFolders) {
    for (const Entry* entry : Catalog::instance().entries(kind)) {
      INFO(kind << "/" << entry->name);
      CHECK(std::filesystem::exists(pages / kind / (entry->name + ".md")));
      if (kind == "recipe") continue;  // the whole: recipes_test
      const bool tested = std::filesystem::exists(tests / folder / (entry->name + "_test.cpp"));
      CHECK((tested || kTestedTogether.contains(kind)));
      without[kind] += !tested;
    }
  }
  for (const auto& [kind, file] : kTestedTogether) {
    INFO(kind << " and tests/" << file << ": take the kind off the list of those tested together");
    CHECK(without[kind] > 0);
    CHECK(std::filesystem::exists(tests / file));
  }
}

// Whether a path is that of a field of some component the group may hold.
bool some_component_has(Params& group, const std::string& path) {
  const size_t dot = path.find('.');
  for (const Field& field : group.fields()) {
    if (field.name != path.substr(0, dot)) continue;
    if (dot == std::string::npos) return true;
    const std::string rest = path.substr(dot + 1);
    if (auto* inner = std::get_if<Params*>(&field.slot)) return some_component_has(**inner, rest);
    if (auto* inner = std::get_if<AnyOptional*>(&field.slot)) return some_component_has(*(*inner)->make(), rest);
    if (auto* inner = std::get_if<AnyChoice*>(&field.slot))
      for (const Entry* entry : Catalog::instance().entries((*inner)->kind))
        if (some_component_has(*entry->make(), rest)) return true;
  }
  return false;
}

// Counts the rules of a group and of those inside it.
int check_relations(Params& params, const std::string& where) {
  int count = 0;
  for (const Relation& relation : params.relations()) {
    INFO(where << ": " << relation.holds);
    ++count;
    CHECK_NOTHROW(holds(relation.holds, params));
    CHECK_FALSE(relation.says.empty());
    CHECK_FALSE(relation.says.ends_with("."));
    CHECK((relation.at.empty() || some_component_has(params, relation.at)));
    for (const std::string& path : fields_of(relation.holds)) CHECK(some_component_has(params, path));
  }
  for (const Field& field : params.fields()) {
    const std::string path = where + "." + field.name;
    if (auto* inner = std::get_if<Params*>(&field.slot)) count += check_relations(**inner, path);
    if (auto* inner = std::get_if<AnyOptional*>(&field.slot)) count += check_relations(*(*inner)->make(), path);
    if (auto* inner = std::get_if<AnyList*>(&field.slot)) count += check_relations(*(*inner)->make(), path);
  }
  return count;
}

TEST_CASE("every rule that joins fields is an expression over fields that exist") {
  int count = 0;
  for (const std::string& kind : Catalog::instance().kinds())
    for (const Entry* entry : Catalog::instance().entries(kind))
      if (!kind.starts_with("sample_")) count += check_relations(*entry->make(), kind + "/" + entry->name);
  CHECK(count > 50);
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
    if (const auto* slot = std::get_if<AnyList*>(&field.slot))
      for (const std::shared_ptr<Params>& one : (*slot)->values) collect(one->fields(), used);
  }
}

TEST_CASE("every component is used by a recipe") {
  setenv("DLRUN_DATA", "data", 0);
  std::set<std::string> used = {"recipe/recipe"};
  std::filesystem::current_path(test::source_dir());
  std::vector<std::filesystem::path> files = test::recipe_files();
  for (const std::filesystem::path& file : files) {
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
}  // namespace dlrun::catalog_test
