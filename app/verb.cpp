// The list of verbs, and the options they share.

#include "verb.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "spec/scalar.h"

namespace dlrun {
namespace {

std::vector<Verb>& registry() {
  static std::vector<Verb> list;
  return list;
}

}  // namespace

RegisteredVerb::RegisteredVerb(Verb verb) { registry().push_back(std::move(verb)); }

std::vector<const Verb*> verbs() {
  std::vector<const Verb*> sorted;
  for (const Verb& verb : registry()) sorted.push_back(&verb);
  std::sort(sorted.begin(), sorted.end(), [](const Verb* a, const Verb* b) { return a->name < b->name; });
  return sorted;
}

void add_common_options(CLI::App& app, CommonOptions& options) {
  app.add_flag("--json", options.json, "Results as JSON Lines on stdout");
  app.add_flag_callback(
      "-q,--quiet", [&options] { options.verbosity = -1; }, "Only warnings and errors on stderr");
  app.add_flag_function(
      "-v,--verbose", [&options](int64_t count) { options.verbosity = static_cast<int>(count); }, "Say more on stderr");
  app.add_flag_callback(
      "--no-progress", [&options] { options.progress = false; }, "No live progress line");
}

void add_recipe_options(CLI::App& app, std::string& recipe, std::vector<std::string>& overrides) {
  app.add_option("RECIPE", recipe, "A recipe file")->required()->type_name("");
  app.add_option("a.b=value", overrides, "Override keys of the recipe; the value is YAML")->type_name("");
  add_config_option(app, overrides);
}

void add_config_option(CLI::App& app, std::vector<std::string>& overrides) {
  app.add_option_function<std::vector<std::string>>(
         "--config",
         [&overrides](const std::vector<std::string>& files) {
           std::vector<std::string> first;
           for (const std::string& file : files) first.push_back(config_argument + file);
           overrides.insert(overrides.begin(), first.begin(), first.end());
         },
         "Lay a file of settings over the recipe, such as those of configs/; arguments a.b=value come after it")
      ->type_name("FILE")
      ->type_size(1)
      ->allow_extra_args(false);
}

void add_run_options(CLI::App& app, std::string& run, std::vector<std::string>& overrides, const char* doc) {
  app.add_option("RUN", run, doc)->required()->type_name("");
  app.add_option("a.b=value", overrides, "Override keys of the run's recipe; the value is YAML")->type_name("");
}

void add_model_options(CLI::App& app, std::string& recipe, std::string& engine) {
  app.add_option("--recipe", recipe, "ONNX files: the recipe whose data and task they are for, where they carry none")
      ->type_name("FILE");
  app.add_option("--engine", engine, "ONNX files: what runs them, dlrun or onnxruntime")
      ->type_name("NAME")
      ->check(CLI::IsMember({"dlrun", "onnxruntime"}));
}

CLI::Validator whole_number(int64_t minimum) {
  const auto check = [minimum](std::string& text) -> std::string {
    const std::optional<int64_t> value = parse_integer(text);
    if (value && *value >= minimum && std::to_string(*value) == text) return "";
    return "expected a whole number of at least " + std::to_string(minimum) + ", got " + text;
  };
  return CLI::Validator(check, "", "");
}

CLI::Validator number(double minimum) {
  const auto check = [minimum](std::string& text) -> std::string {
    const std::optional<double> value = parse_number(text);
    if (value && std::isfinite(*value) && *value >= minimum) return "";
    return "expected a number of at least " + number_text(minimum) + ", got " + text;
  };
  return CLI::Validator(check, "", "");
}

}  // namespace dlrun
