// What may stand at a place of the command line. Options, their values and the order of arguments are CLI11's; what an
// argument called RECIPE, KIND or a.b=value may be is said here.

#include "completion.h"

#include <algorithm>
#include <map>
#include <memory>

#include "base/text.h"
#include "catalog_data.h"
#include "gallery.h"
#include "spec/catalog.h"
#include "spec/walk.h"
#include "verb.h"

namespace dlrun {
namespace {

using Words = std::vector<Completion>;

// "{classification,regression}", which CLI11 puts behind the name of an option's type.
Words choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{'), close = type.rfind('}');
  Words words;
  if (open == std::string::npos || close == std::string::npos) return words;
  for (const std::string& choice : split(type.substr(open + 1, close - open - 1), ','))
    words.push_back({std::string(CLI::detail::trim_copy(choice)), ""});
  return words;
}

// The keys below `path` of a group; of a component those of every one of its kind.
void add_keys(Params& group, const std::string& path, Words& words) {
  for (const std::string& key : all_paths(group)) {
    const Field field = locate(group, nullptr, key)->field;
    words.push_back({path + key + "=", field.doc});
    const auto* choice = std::get_if<AnyChoice*>(&field.slot);
    if (!choice || (*choice)->value) continue;  // the keys of one that is there are listed already
    std::map<std::string, std::string> further;
    for (const Entry* entry : Catalog::instance().entries((*choice)->kind)) {
      const std::shared_ptr<Params> component = entry->make();
      for (const Field& one : component->fields()) further.try_emplace(one.name, one.doc);
    }
    for (const auto& [name, doc] : further) words.push_back({path + key + "." + name + "=", doc});
  }
}

Words keys() {
  Words words;
  add_keys(*new_recipe(), "", words);
  return words;
}

// Of "optimizer=" or "optimizer.type=" the components, of keys with choices those, of switches true and false.
Words values_of(const std::string& key) {
  const std::shared_ptr<Params> recipe = new_recipe();
  const std::optional<Found> found = locate(*recipe, nullptr, key);
  Words words;
  if (!found) return words;
  if (const auto* choice = std::get_if<AnyChoice*>(&found->field.slot)) {
    for (const Entry* entry : Catalog::instance().entries((*choice)->kind))
      words.push_back({key + "=" + entry->name, entry->doc});
  } else if (std::holds_alternative<bool*>(found->field.slot)) {
    words = {{key + "=true", ""}, {key + "=false", ""}};
  } else {
    for (const std::string& choice : found->field.rule.choices) words.push_back({key + "=" + choice, ""});
  }
  return words;
}

Words kinds() {
  Words words = {{"recipes", "those that come with dlrun"}};
  for (const std::string& kind : engine_catalog().kinds()) words.push_back({kind, ""});
  return words;
}

Words components() {
  Words words;
  for (const std::string& kind : engine_catalog().kinds())
    for (const Entry* entry : engine_catalog().entries(kind)) words.push_back({entry->name, kind + ": " + entry->doc});
  return words;
}

Words recipes() {
  Words words;
  for (const GalleryRecipe& recipe : gallery()) words.push_back({recipe.name, recipe.shows});
  return words;
}

// Of a verb's argument, by the name it has in the help.
Words argument(const CLI::Option& option, const std::string& verb, const std::string& typed) {
  if (Words words = choices_of(option); !words.empty()) return words;
  const std::string name = option.get_name();
  if (name == "RECIPE") return {{":files .yaml .yml", ""}};
  if (name == "RUN") return {{":folders", ""}};
  if (name == "KIND") return kinds();
  if (name == "NAME" && verb == "cp") return recipes();
  if (name == "WHAT") {
    Words words = components();
    words.push_back({":files .yaml .yml .onnx", ""});
    return words;
  }
  if (name == "a.b=value") {
    engine_catalog();
    const size_t equals = typed.find('=');
    return equals == std::string::npos ? keys() : values_of(typed.substr(0, equals));
  }
  return {{":files", ""}};
}

const CLI::Option* option_called(const CLI::App& app, const std::string& word) {
  return word.size() > 1 && word[0] == '-' ? app.get_option_no_throw(word) : nullptr;
}

Words options(const CLI::App& app) {
  Words words;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back({"--" + name, option->get_description()});
    for (const std::string& name : option->get_snames()) words.push_back({"-" + name, option->get_description()});
  }
  return words;
}

Words of_verb(const Verb& verb, const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag("-h,--help", "Print this help");
  verb.define(app);
  const std::string& typed = words.back();
  size_t place = 0;                   // among the arguments without a dash
  const CLI::Option* open = nullptr;  // the option that the word belongs to
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const CLI::Option* option = open ? nullptr : option_called(app, words[i]);
    if (!open && (words[i].empty() || words[i][0] != '-')) ++place;
    open = option && option->get_expected_max() > 0 ? option : nullptr;
  }
  if (open) {
    Words choices = choices_of(*open);
    return choices.empty() ? Words{{":files", ""}} : choices;
  }
  if (typed.starts_with('-')) return options(app);
  std::vector<const CLI::Option*> positional;
  for (const CLI::Option* option : app.get_options())
    if (option->get_positional()) positional.push_back(option);
  if (positional.empty()) return {};
  if (place < positional.size()) return argument(*positional[place], verb.name, typed);
  const CLI::Option& last = *positional.back();
  return last.get_expected_max() > 1 ? argument(last, verb.name, typed) : Words{};
}

}  // namespace

std::vector<Completion> complete(const std::vector<std::string>& words) {
  Words all;
  const auto name =
      std::find_if(words.begin(), words.end(), [](const std::string& word) { return !word.starts_with('-'); });
  if (words.empty()) return all;
  if (name == words.end() || name + 1 == words.end()) {
    for (const Verb* verb : verbs())
      if (!verb->hidden) all.push_back({verb->name, verb->doc});
    all.push_back({"--help", "Print the help"});
    all.push_back({"--version", "Print the version"});
  } else {
    for (const Verb* verb : verbs())
      if (verb->name == *name) all = of_verb(*verb, {name + 1, words.end()});
  }
  std::erase_if(all, [&](const Completion& one) { return one.word[0] != ':' && !one.word.starts_with(words.back()); });
  return all;
}

}  // namespace dlrun
