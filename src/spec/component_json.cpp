// Declarations as JSON.

#include "spec/component_json.h"

#include <cmath>

#include "spec/node_of.h"
#include "spec/scalar.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

const char* type_name(const bool*) { return "bool"; }
const char* type_name(const int64_t*) { return "integer"; }
const char* type_name(const double*) { return "number"; }
const char* type_name(const std::string*) { return "text"; }
const char* type_name(const std::optional<bool>*) { return "optional_bool"; }
const char* type_name(const std::optional<int64_t>*) { return "optional_integer"; }
const char* type_name(const std::optional<double>*) { return "optional_number"; }
const char* type_name(const std::optional<std::string>*) { return "optional_text"; }
const char* type_name(const std::vector<int64_t>*) { return "integer_list"; }
const char* type_name(const std::vector<double>*) { return "number_list"; }
const char* type_name(const std::vector<std::string>*) { return "text_list"; }
const char* type_name(const Params*) { return "group"; }
const char* type_name(const AnyOptional*) { return "optional_group"; }
const char* type_name(const AnyList*) { return "group_list"; }
const char* type_name(const AnyChoice*) { return "component"; }
const char* type_name(const AnyChoiceList*) { return "component_list"; }

Json rule_json(const Rule& rule) {
  Json json = Json::object();
  if (std::isfinite(rule.minimum)) json["minimum"] = rule.minimum;
  if (std::isfinite(rule.maximum)) json["maximum"] = rule.maximum;
  if (rule.above_minimum) json["above_minimum"] = true;
  if (rule.below_maximum) json["below_maximum"] = true;
  if (!rule.choices.empty()) json["choices"] = rule.choices;
  if (rule.required) json["required"] = true;
  if (rule.not_empty) json["not_empty"] = true;
  if (rule.path) json["path"] = true;
  if (rule.infinite) json["infinite"] = true;
  if (rule.expression) json["expression"] = true;
  if (rule.capture) json["capture"] = true;
  if (rule.size) json["size"] = true;
  return json;
}

void add_group(Params& params, Json& json);

Json field_json(const Field& field) {
  Json json = {{"name", field.name},
               {"doc", field.doc},
               {"type", std::visit([](const auto* value) { return type_name(value); }, field.slot)},
               {"default", value_json(node_of(field.slot))}};
  if (Json rule = rule_json(field.rule); !rule.empty()) json["rule"] = std::move(rule);
  if (auto* group = std::get_if<Params*>(&field.slot)) add_group(**group, json);
  if (auto* optional = std::get_if<AnyOptional*>(&field.slot)) add_group(*(*optional)->make(), json);
  if (auto* list = std::get_if<AnyList*>(&field.slot)) add_group(*(*list)->make(), json);
  if (auto* choice = std::get_if<AnyChoice*>(&field.slot)) json["kind"] = (*choice)->kind;
  if (auto* list = std::get_if<AnyChoiceList*>(&field.slot)) json["kind"] = (*list)->kind;
  return json;
}

void add_group(Params& params, Json& json) {
  json["fields"] = Json::array();
  for (const Field& field : params.fields()) json["fields"].push_back(field_json(field));
  for (const Relation& relation : params.relations())
    json["relations"].push_back({{"at", relation.at}, {"holds", relation.holds}, {"says", relation.says}});
}

Json plain_json(const std::string& text) {
  if (const auto flag = parse_bool(text)) return *flag;
  if (text.find_first_not_of("-0123456789") == std::string::npos)
    if (const auto integer = parse_integer(text)) return *integer;
  const auto number = parse_number(text);
  return number && std::isfinite(*number) ? Json(*number) : Json(text);
}

}  // namespace

Json value_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::scalar:
      return node.style == Node::Style::plain ? plain_json(node.text) : Json(node.text);
    case Node::Kind::list: {
      Json json = Json::array();
      for (const Node& item : node.children) json.push_back(value_json(item));
      return json;
    }
    case Node::Kind::map:
      break;
  }
  Json json = Json::object();
  for (const Node& member : node.children) json[member.key] = value_json(member);
  return json;
}

Json component_json(const Entry& entry) {
  Json json = {{"kind", entry.kind}, {"name", entry.name}, {"doc", entry.doc}, {"file", entry.file}};
  add_group(*entry.make(), json);
  return json;
}

}  // namespace dlrun
