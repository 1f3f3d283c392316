// dlrun list: the components a recipe can name, and the recipes at hand: those that come with dlrun, and ./recipes.

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/terminal.h"
#include "base/text.h"
#include "catalog_data.h"
#include "gallery.h"
#include "spec/rule.h"
#include "verb.h"

namespace dlrun {
namespace {

struct ListOptions : CommonOptions {
  std::string kind;
};

struct Row {
  std::string name, doc;
};

// Those that come with dlrun, and those in ./recipes where that is another folder.
std::vector<GalleryRecipe> recipes() {
  std::vector<GalleryRecipe> all = gallery();
  std::error_code error;
  if (std::filesystem::equivalent("recipes", gallery_home() + "/recipes", error)) return all;
  for (GalleryRecipe& recipe : recipes_in("recipes")) {
    recipe.name = visible(recipe.file, false);  // cp knows the others by their name alone
    all.push_back(std::move(recipe));
  }
  return all;
}

std::vector<Row> components(const std::string& kind) {
  std::vector<Row> rows;
  for (const Entry* entry : engine_catalog().entries(kind)) rows.push_back({entry->name, entry->doc});
  return rows;
}

void print(const std::string& kind, const std::vector<Row>& rows, bool json) {
  if (json) {
    for (const Row& row : rows)
      std::cout << nlohmann::ordered_json{{"version", 1}, {"kind", kind}, {"name", row.name}, {"doc", row.doc}}.dump()
                << "\n";
    return;
  }
  int width = 0;
  for (const Row& row : rows) width = std::max(width, text_width(row.name));
  const int columns = terminal(stdout).width;
  for (const Row& row : rows) {
    const std::string name = "  " + row.name + std::string(static_cast<size_t>(width - text_width(row.name)), ' ');
    std::cout << wrap(name + "  " + row.doc, columns, width + 4) << "\n";
  }
}

void print_recipes(bool json) {
  const int columns = terminal(stdout).width;
  for (const GalleryRecipe& recipe : recipes()) {
    if (json) {
      const nlohmann::ordered_json record = {
          {"version", 1},        {"kind", "recipes"},   {"name", recipe.name},         {"doc", recipe.shows},
          {"task", recipe.task}, {"data", recipe.data}, {"measured", recipe.measured}, {"file", recipe.file}};
      std::cout << record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
      continue;
    }
    std::cout << wrap("  " + recipe.name + "  " + recipe.task + ", " + recipe.data, columns, 4) << "\n"
              << wrap("    " + recipe.shows, columns, 4) << "\n";
    if (!recipe.measured.empty()) std::cout << wrap("    " + recipe.measured, columns, 4) << "\n";
  }
}

int list(const ListOptions& options) {
  std::vector<std::string> kinds = engine_catalog().kinds();
  kinds.push_back("recipes");
  if (!options.kind.empty() && std::find(kinds.begin(), kinds.end(), options.kind) == kinds.end()) {
    const std::string near = nearest(options.kind, kinds);
    throw UserError(ExitCode::usage, "dlrun list: no kind is called '" + options.kind + "'" +
                                         (near.empty() ? "" : "; did you mean '" + near + "'?") +
                                         "\nKinds: " + join(kinds, ", "));
  }
  for (const std::string& kind : kinds) {
    if (!options.kind.empty() && kind != options.kind) continue;
    if (options.kind.empty() && kind == "recipe") continue;  // the recipe itself: a kind of one
    if (options.kind.empty() && !options.json) std::cout << kind << "\n";
    if (kind == "recipes")
      print_recipes(options.json);
    else
      print(kind, components(kind), options.json);
  }
  return 0;
}

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<ListOptions>();
  app.add_option("KIND", options->kind, "architecture, loss, optimizer, ...; or recipes")->type_name("");
  add_common_options(app, *options);
  return [options] { return list(*options); };
}

const RegisteredVerb verb{{"list", "List the components a recipe can name, and the recipes at hand",
                           "dlrun list\n"
                           "dlrun list optimizer\n"
                           "dlrun list recipes",
                           define}};

}  // namespace
}  // namespace dlrun
