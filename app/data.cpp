// dlrun data: what is wrong with the data of a recipe, and the data sets that can be fetched by their names.

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "base/text.h"
#include "base/units.h"
#include "engine.h"
#include "fetch/fetch.h"
#include "gallery.h"
#include "report/data_check.h"
#include "verb.h"

namespace dlrun {
namespace {

struct DataOptions : DataCheckOptions {
  std::string what;
  std::string catalog, mirror;
  bool overwrite = false;
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// As recipes find it: ${env:DLRUN_DATA,data}/NAME.
std::string folder_of(const DataSet& set) {
  const char* root = std::getenv("DLRUN_DATA");
  return std::string(root ? root : "data") + "/" + set.name;
}

void read_sets(const DataOptions& options, DataSets& sets) {
  std::string file = options.catalog;
  if (file.empty()) {
    const std::string home = gallery_home();
    if (home.empty())
      throw UserError(ExitCode::no_input,
                      "dlrun data: the catalog that comes with dlrun is neither in ../share/dlrun nor in .. of the "
                      "program; name one with --catalog");
    file = home + "/recipes/data/sets.yaml";
  }
  read_data_sets(file, sets);
}

// The recipes that come with dlrun and read something of the set.
std::vector<std::string> recipes_with(const DataSet& set) {
  const std::string place = "${env:DLRUN_DATA,data}/" + set.name;
  std::vector<std::string> names;
  for (const GalleryRecipe& recipe : gallery()) {
    const std::string text = read_text(recipe.file);
    for (size_t at = text.find(place); at != std::string::npos; at = text.find(place, at + 1)) {
      const char next = at + place.size() < text.size() ? text[at + place.size()] : '\n';
      if (std::string_view("/\"' ,}\n\r").find(next) == std::string_view::npos) continue;
      names.push_back(recipe.name);
      break;
    }
  }
  return names;
}

// How many of its files are there with the size they must have.
size_t files_there(const DataSet& set) {
  size_t count = 0;
  for (size_t i = 0; i < set.files.size(); ++i) {
    const std::string path = folder_of(set) + "/" + set.files[i].path;
    count += FileSystem::instance().kind(path) == FileKind::file &&
             FileSystem::instance().size(path) == static_cast<uint64_t>(set.files[i].bytes);
  }
  return count;
}

int list_sets(const DataOptions& options) {
  DataSets sets;
  read_sets(options, sets);
  const int columns = terminal(stdout).width;
  for (size_t i = 0; i < sets.sets.size(); ++i) {
    const DataSet& set = sets.sets[i];
    const size_t there = files_there(set);
    const std::vector<std::string> recipes = recipes_with(set);
    if (options.json) {
      nlohmann::ordered_json files = nlohmann::ordered_json::array();
      for (size_t k = 0; k < set.files.size(); ++k)
        files.push_back({{"path", set.files[k].path}, {"bytes", set.files[k].bytes}, {"sha256", set.files[k].sha256}});
      const nlohmann::ordered_json record = {{"version", 1},           {"name", set.name}, {"about", set.about},
                                             {"licence", set.licence}, {"home", set.home}, {"folder", folder_of(set)},
                                             {"files", files},         {"there", there},   {"recipes", recipes}};
      std::cout << record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
      continue;
    }
    const std::string state = there == set.files.size() ? ", in " + folder_of(set)
                              : there > 0 ? ", " + std::to_string(there) + " of " + std::to_string(set.files.size()) +
                                                " files in " + folder_of(set)
                                          : "";
    const auto print = [&](const std::string& line, int indent) {
      std::cout << wrap(visible(line, /*lines=*/false), columns, indent) << "\n";
    };
    print("  " + set.name + "  " + bytes_text(static_cast<uint64_t>(set.bytes())) + ", " + set.licence + state, 4);
    print("    " + set.about, 4);
    if (!recipes.empty()) print("    recipes: " + join(recipes, ", "), 4);
  }
  return 0;
}

void tell_file(const DataOptions& options, const DataSet& set, const std::string& folder, const DataFile& file,
               bool came) {
  if (!options.json) return;
  const nlohmann::ordered_json record = {
      {"event", "file"},     {"version", 1},          {"set", set.name}, {"path", folder + "/" + file.path},
      {"bytes", file.bytes}, {"sha256", file.sha256}, {"fetched", came}};
  std::cout << record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

int fetch_sets(const DataOptions& options) {
  std::vector<std::string> names = {options.recipe};
  names.insert(names.end(), options.overrides.begin(), options.overrides.end());
  if (!options.output.empty() && names.size() > 1)
    throw UserError(ExitCode::usage, "dlrun data fetch: --output is the folder of one data set, and here are " +
                                         std::to_string(names.size()));
  set_log_verbosity(options.verbosity);
  DataSets sets;
  read_sets(options, sets);
  for (const std::string& name : names) sets.find(name);
  watch_signals();
  for (const std::string& name : names) {
    const DataSet& set = sets.find(name);
    FetchOptions fetching;
    fetching.folder = options.output.empty() ? folder_of(set) : options.output;
    fetching.mirror = options.mirror.empty() ? variable("DLRUN_DATA_MIRROR") : options.mirror;
    fetching.overwrite = options.overwrite;
    fetching.progress = options.progress && options.verbosity >= 0;
    log_info(set.name + ": " + set.licence + ", " + set.home);
    const Fetched fetched = fetch(
        set, fetching, [&](const DataFile& file, bool came) { tell_file(options, set, fetching.folder, file, came); });
    const std::string there =
        fetched.there > 0 ? std::to_string(fetched.there) + (fetched.files > 0 ? " were there" : " files are there")
                          : "";
    const std::string came = fetched.files > 0 ? std::to_string(fetched.files) + " files fetched, " +
                                                     bytes_text(static_cast<uint64_t>(fetched.bytes))
                                               : "";
    log_info(fetching.folder + ": " + came + (there.empty() || came.empty() ? "" : ", ") + there +
             "; all have the right SHA-256");
  }
  return 0;
}

// What belongs to another kind of work would be passed over in silence.
void refuse_options_of_others(const CLI::App& app, const DataOptions& options) {
  const auto refuse = [&](const char* option, const char* what) {
    if (app.count(option) > 0 && options.what != what)
      throw UserError(ExitCode::usage,
                      std::string("dlrun data ") + options.what + ": " + option + " belongs to dlrun data " + what);
  };
  for (const char* option : {"--from", "--overwrite"}) refuse(option, "fetch");
  refuse("--config", "check");
  if (options.what == "list" && (!options.recipe.empty() || !options.output.empty()))
    throw UserError(ExitCode::usage, "dlrun data list: takes no names and no --output");
  if (options.what == "check" && !options.catalog.empty())
    throw UserError(ExitCode::usage, "dlrun data check: --catalog belongs to dlrun data fetch and list");
  if (options.what != "list" && options.recipe.empty())
    throw UserError(ExitCode::usage, options.what == "check"
                                         ? "dlrun data check: which recipe?"
                                         : "dlrun data fetch: which data set? See dlrun data list.");
}

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<DataOptions>();
  app.add_option("WHAT", options->what,
                 "check: leaks between splits, duplicates, wrong labels, unreadable files; list: data sets that can be "
                 "fetched; fetch: get them")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"check", "fetch", "list"}));
  add_recipe_options(app, options->recipe, options->overrides);
  app.get_option("RECIPE")->required(false)->description("check: a recipe file; fetch: names of data sets");
  app.add_option("-o,--output", options->output,
                 "check: folder of the report, default beside the run folder; fetch: folder of the data set, default "
                 "its name in $DLRUN_DATA or data")
      ->type_name("FOLDER");
  app.add_option(
         "--from", options->mirror,
         "fetch: a mirror, files are URL/NAME/FILE there; default $DLRUN_DATA_MIRROR, then where the catalog says")
      ->type_name("URL");
  app.add_option("--catalog", options->catalog, "fetch, list: a catalog of data sets; default: dlrun's")
      ->type_name("FILE");
  app.add_flag("--overwrite", options->overwrite, "fetch: replace files that are there with another content");
  add_common_options(app, *options);
  return [options, &app] {
    refuse_options_of_others(app, *options);
    if (options->what == "list") return list_sets(*options);
    if (options->what == "fetch") return fetch_sets(*options);
    return call_engine("dlrun_data_check", static_cast<const DataCheckOptions&>(*options));
  };
}

const RegisteredVerb verb{{"data",
                           "Fetch data sets; check the data of a recipe: leaks, duplicates, labels, unreadable files",
                           "dlrun data list\n"
                           "dlrun data fetch abalone\n"
                           "dlrun data fetch adult fashion-mnist --from https://mirror.example.org/data\n"
                           "dlrun data check recipe.yaml\n"
                           "dlrun data check recipe.yaml data_check.group_column=patient --json",
                           define}};

}  // namespace
}  // namespace dlrun
