// A recipe's text with a comment on each of its blocks.

#include "spec/commented.h"

#include <map>
#include <vector>

#include "base/text.h"
#include "spec/catalog.h"
#include "spec/yaml.h"

namespace dlrun {
namespace {

constexpr int width = 110;

struct Wanted {
  const char* key;
  const char* line;
};
constexpr Wanted often_wanted[] = {
    {"regularization", "regularization: {early_stopping: {patience: 5}}"},
    {"checkpoint", "checkpoint: {save_top_k: 3}"},
    {"hardware", "hardware: {threads: 4}"},
    {"repeat", "repeat: {seeds: 5}"},
};

// "# one\n# two\n"; a line break for YAML, too, wherever the text is broken.
std::string comment(const std::string& text) {
  std::string lines;
  for (const std::string& line : split(wrap(text, width - 2), '\n')) lines += "# " + line + "\n";
  return lines;
}

std::string about_component(const AnyChoice& choice, const Node& value) {
  const Node* type = value.is_map() ? value.find("type") : &value;
  const std::string name = type && type->is_scalar() ? type->text : choice.type;
  const Entry* entry = Catalog::instance().find(choice.kind, name);
  const std::string others = " Others: dlrun list " + choice.kind;
  if (!entry) return others + ".";
  return " " + name + ": " + entry->doc + others + "; what it takes: dlrun describe " + choice.kind + "/" + name + ".";
}

std::string about(const Field& field, const Node& value) {
  std::string text = field.doc;
  if (const auto* choice = std::get_if<AnyChoice*>(&field.slot)) text += about_component(**choice, value);
  if (const auto* list = std::get_if<AnyChoiceList*>(&field.slot)) text += " Others: dlrun list " + (*list)->kind + ".";
  if (std::holds_alternative<Params*>(field.slot)) text += " All its keys: dlrun describe " + field.name + ".";
  return text;
}

}  // namespace

std::string commented(const std::string& recipe, Params& root) {
  std::vector<Complaint> complaints;
  const auto source = std::make_shared<Source>(Source{Origin::Source::recipe, "recipe", 0});
  const Node tree = parse_yaml(recipe, source, complaints);
  throw_complaints(complaints);
  std::map<int, std::string> before;  // by line, from 1
  for (const Field& field : root.fields())
    if (const Node* value = tree.find(field.name)) before[value->key_place.line] = comment(about(field, *value));
  std::vector<std::string> lines = split(recipe, '\n');
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto found = before.find(static_cast<int>(i) + 1);
    if (found != before.end()) text += "\n" + found->second;
    if (i + 1 < lines.size() || !lines[i].empty()) text += lines[i] + "\n";
  }
  text += "\n# Often wanted too:\n";
  for (const Wanted& wanted : often_wanted)
    if (!tree.find(wanted.key)) text += "# " + std::string(wanted.line) + "\n";
  return text;
}

}  // namespace dlrun
