// dlrun list: the components a recipe can name, and the recipes at hand.

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/terminal.h"
#include "base/text.h"
#include "catalog_data.h"
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

// A recipe's first comment says what it shows; what cannot be read says nothing.
std::string first_comment(const std::filesystem::path& path) {
  constexpr uint64_t head = 4096;
  try {
    for (const std::string& line : split(read_beginning(path.string(), head), '\n'))
      if (line.starts_with("# ") && !line.starts_with("# yaml-language-server")) return visible(line.substr(2));
  } catch (const UserError&) {
  }
  return "";
}

std::vector<Row> recipes() {
  std::vector<Row> rows;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("recipes", error))
    if (entry.path().extension() == ".yaml")
      rows.push_back({visible(entry.path().string(), /*lines=*/false), first_comment(entry.path())});
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
  return rows;
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
    const std::vector<Row> rows = kind == "recipes" ? recipes() : components(kind);
    if (options.kind.empty() && !options.json && !rows.empty()) std::cout << kind << "\n";
    print(kind, rows, options.json);
  }
  return 0;
}

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<ListOptions>();
  app.add_option("KIND", options->kind, "architecture, loss, optimizer, ...; or recipes")->type_name("");
  add_common_options(app, *options);
  return [options] { return list(*options); };
}

const RegisteredVerb verb{{"list", "List the components a recipe can name, and the recipes in ./recipes",
                           "dlrun list\n"
                           "dlrun list optimizer\n"
                           "dlrun list recipes",
                           define}};

}  // namespace
}  // namespace dlrun
