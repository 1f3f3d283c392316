// dlrun config: the recipe as dlrun understands it, every default written out, and where each value comes from.

#include <iostream>

#include "base/text.h"
#include "catalog_data.h"
#include "spec/component_json.h"
#include "spec/describe.h"
#include "spec/node_of.h"
#include "spec/read.h"
#include "spec/walk.h"
#include "spec/write.h"
#include "verb.h"

namespace dlrun {
namespace {

struct ConfigOptions : CommonOptions {
  std::string recipe;
  std::vector<std::string> overrides;
  std::string why;
  bool changed = false;
};

using Json = nlohmann::ordered_json;

// The nearest key that was written decides; a default stands nowhere.
Origin origin_of(const Origins& origins, const std::string& key) {
  const auto found = origins.at.find(key);
  return found == origins.at.end() ? Origin{} : found->second;
}

// What a key takes, with the default of the component that is chosen.
std::string expectation(Params& recipe, const std::string& key) {
  const std::shared_ptr<Params> fresh = new_recipe();
  const Node chosen = node_of(recipe);
  return field_text(locate(*fresh, &chosen, key)->field);
}

int explain_key(const ConfigOptions& options, Params& recipe, const Origins& origins) {
  const std::optional<Found> found = locate(recipe, nullptr, options.why);
  if (!found) {
    const std::string near = nearest(options.why, all_paths(recipe));
    throw UserError(ExitCode::usage, "dlrun config: --why " + options.why + ": no such key" +
                                         (near.empty() ? "" : "; did you mean " + near + "?"));
  }
  Node value = node_of(found->field.slot);
  for (const std::string& key : found->rest) {
    const Node* inner = value.find(key);
    if (!inner) throw UserError(ExitCode::usage, "dlrun config: --why " + options.why + ": no such item");
    value = Node(*inner);
  }
  const std::string origin = origin_of(origins, options.why).str();
  if (options.json) {
    std::cout << Json{{"version", 1},
                      {"key", options.why},
                      {"value", value_json(value)},
                      {"origin", origin},
                      {"expects", expectation(recipe, options.why)},
                      {"doc", found->field.doc}}
                     .dump()
              << "\n";
    return 0;
  }
  const std::string text = found->rest.empty() ? value_text(found->field.slot) : value.text;
  std::cout << options.why << ": " << text << "\n"
            << "  from:  " << origin << "\n"
            << "  takes: " << expectation(recipe, options.why) << "\n"
            << "  means: " << found->field.doc << "\n";
  return 0;
}

int config(const ConfigOptions& options) {
  const std::shared_ptr<Params> recipe = new_recipe();
  const Origins origins = read_file(options.recipe, {options.overrides}, *recipe);
  if (!options.why.empty()) return explain_key(options, *recipe, origins);
  const std::shared_ptr<Params> defaults = new_recipe();
  if (options.json) {
    const Node said = options.changed ? changes(*recipe, *defaults) : node_of(*recipe);
    std::cout << Json{{"version", 1}, {"recipe", value_json(said)}}.dump() << "\n";
    return 0;
  }
  std::cout << write_yaml(*recipe, {options.changed ? defaults.get() : nullptr});
  return 0;
}

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<ConfigOptions>();
  add_recipe_options(app, options->recipe, options->overrides);
  app.add_option("--why", options->why, "Print one key: its value, where it comes from, what it takes and means")
      ->type_name("KEY");
  app.add_flag("--changed", options->changed, "Only what differs from the defaults");
  add_common_options(app, *options);
  return [options] { return config(*options); };
}

const RegisteredVerb verb{{"config", "Print the resolved recipe, every default written out",
                           "dlrun config recipe.yaml\n"
                           "dlrun config recipe.yaml optimizer.lr=0.01 --changed\n"
                           "dlrun config recipe.yaml --why optimizer.lr",
                           define}};

}  // namespace
}  // namespace dlrun
