// dlrun describe: a component, a kind or a key from the catalog; a recipe's layer table and an ONNX file from the
// engine.

#include "report/describe.h"

#include <filesystem>
#include <iostream>

#include "base/error.h"
#include "base/terminal.h"
#include "base/text.h"
#include "catalog_data.h"
#include "engine.h"
#include "onnx/describe.h"
#include "spec/describe.h"
#include "spec/walk.h"
#include "verb.h"

namespace dlrun {
namespace {

bool is_recipe(const std::string& name) {
  std::error_code error;
  return name.ends_with(".yaml") || name.ends_with(".yml") || std::filesystem::exists(name, error);
}

// "mlp" in every kind that has one, "architecture/mlp" in that kind alone, "architecture" all of its components.
std::vector<const Entry*> find_entries(const std::string& name) {
  const Catalog& catalog = engine_catalog();
  std::vector<const Entry*> found = catalog.entries(name);
  if (!found.empty()) return found;
  const size_t slash = name.find('/');
  for (const std::string& kind : catalog.kinds()) {
    if (slash != std::string::npos && name.substr(0, slash) != kind) continue;
    if (const Entry* entry = catalog.find(kind, name.substr(slash + 1))) found.push_back(entry);
  }
  return found;
}

[[noreturn]] void fail(const std::string& name, Params& recipe) {
  std::vector<std::string> names = engine_catalog().kinds();
  for (const std::string& kind : engine_catalog().kinds())
    for (const Entry* entry : engine_catalog().entries(kind)) names.push_back(entry->name);
  for (const std::string& path : all_paths(recipe)) names.push_back(path);
  const std::string near = nearest(name, names);
  throw UserError(ExitCode::usage, "dlrun describe: no component, kind or key is called '" + name + "'" +
                                       (near.empty() ? "" : "; did you mean '" + near + "'?") +
                                       "\nSee dlrun list; a recipe is named by its file.");
}

// A key of the recipe; one that lies in a component that is to be chosen ("optimizer.lr") of each that has it.
std::string key_text(const std::string& path, Params& recipe, int width) {
  const std::optional<Found> whole = locate(recipe, nullptr, path);
  const bool inside_choice = whole && std::holds_alternative<AnyChoice*>(whole->field.slot) && !whole->rest.empty() &&
                             whole->rest.front() != "type";
  if (whole && !inside_choice) return describe_key(path, whole->field, width);
  std::string text;
  const size_t dot = path.find('.');
  if (dot == std::string::npos) return text;
  for (const Field& field : recipe.fields()) {
    const auto* choice = std::get_if<AnyChoice*>(&field.slot);
    if (!choice || field.name != path.substr(0, dot)) continue;
    for (const Entry* entry : engine_catalog().entries((*choice)->kind)) {
      const std::shared_ptr<Params> component = entry->make();
      const std::optional<Found> found = locate(*component, nullptr, path.substr(dot + 1));
      if (!found || !found->rest.empty()) continue;
      text += (text.empty() ? "" : "\n") + ("With " + field.name + ".type " + entry->name + ":\n") +
              describe_key(path, found->field, width);
    }
  }
  return text;
}

int describe_catalog(const DescribeOptions& options) {
  const std::vector<const Entry*> entries = find_entries(options.recipe);
  const int width = terminal(stdout).width;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && !options.json) std::cout << "\n";
    std::cout << (options.json ? describe_json(*entries[i]) + "\n" : describe_text(*entries[i], width));
  }
  if (!entries.empty()) return 0;
  const std::shared_ptr<Params> recipe = new_recipe();
  const std::string text = key_text(options.recipe, *recipe, width);
  if (text.empty()) fail(options.recipe, *recipe);
  std::cout << text;
  return 0;
}

int describe_model(const DescribeOptions& options) {
  DescribeModelOptions model;
  static_cast<CommonOptions&>(model) = options;
  model.file = options.recipe;
  return call_engine("dlrun_describe_model", model);
}

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<DescribeOptions>();
  app.add_option("WHAT", options->recipe, "A component, a kind, a key of the recipe, a recipe file, or an ONNX file")
      ->required()
      ->type_name("");
  app.add_option("a.b=value", options->overrides, "With a recipe: override its keys")->type_name("");
  add_config_option(app, options->overrides);
  app.add_option("--batch-size", options->batch_sizes, "With a recipe: sizes of the training steps to describe")
      ->type_name("N,...")
      ->delimiter(',')
      ->type_size(1)
      ->allow_extra_args(false)
      ->check(whole_number(1));
  app.add_option("--depth", options->depth, "With a recipe: show modules nested up to this deep")
      ->type_name("N")
      ->check(whole_number(0));
  app.add_flag("--unfold", options->unfold, "With a recipe: show each of several blocks that are alike");
  app.add_option("--graph", options->graph,
                 "With a recipe: draw its network into this SVG file; minds --depth, --unfold")
      ->type_name("FILE.svg");
  CLI::Option* devices = app.add_option("--devices", options->devices,
                                        "With a recipe: what a step takes where so many devices share its batch")
                             ->type_name("N,...")
                             ->delimiter(',')
                             ->type_size(1)
                             ->allow_extra_args(false)
                             ->check(whole_number(1));
  CLI::Option* link = app.add_option("--link", options->link, "With --devices: what each of them sends")
                          ->type_name("50GB/s")
                          ->needs(devices);
  devices->needs(link);
  app.add_option("--latency", options->latency, "With --devices: until a message is there; 20us by default")
      ->type_name("10us")
      ->needs(devices);
  app.add_option("--step-time", options->step_time,
                 "With --devices: what a step of the whole batch takes on one of them; measured here by default")
      ->type_name("0.2s")
      ->needs(devices);
  add_common_options(app, *options);
  return [options] {
    if (options->recipe.ends_with(".onnx")) return describe_model(*options);
    return is_recipe(options->recipe) ? call_engine("dlrun_describe", *options) : describe_catalog(*options);
  };
}

const RegisteredVerb verb{
    {"describe", "Describe a component with its fields, a recipe with what its network costs, or an ONNX file",
     "dlrun describe mlp\n"
     "dlrun describe optimizer/sgd\n"
     "dlrun describe trainer\n"
     "dlrun describe recipe.yaml\n"
     "dlrun describe recipe.yaml --batch-size 64,256 --depth 1\n"
     "dlrun describe recipe.yaml --graph network.svg\n"
     "dlrun describe recipe.yaml --devices 1,8,64 --link 50GB/s --step-time 0.4s\n"
     "dlrun describe model.onnx",
     define}};

}  // namespace
}  // namespace dlrun
