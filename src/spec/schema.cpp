// JSON Schema draft-07.

#include "spec/schema.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "spec/catalog.h"
#include "spec/component_json.h"
#include "spec/node_of.h"
#include "spec/rule.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

Json reference(const std::string& name) { return {{"$ref", "#/definitions/" + name}}; }

class SchemaWriter {
 public:
  Json write(Params& root) {
    Json json = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"$id", "urn:dlrun:recipe:1"},  // the number is that of a recipe's `version`
                 {"title", "dlrun recipe"}};
    Json top = object(root);
    Json file = {{"type", "string"}};
    top["properties"]["_base_"] = {
        {"description", "Files this recipe builds on, relative to it: settings, and at most one other recipe."},
        {"anyOf", Json::array({file, {{"type", "array"}, {"items", file}}})}};
    json.update(top);
    require(root, json);
    definitions_["reference"] = {{"type", "string"},
                                 {"pattern", "\\$\\{"},
                                 {"description", "${a.b}, ${env:VARIABLE} or ${env:VARIABLE,default}."}};
    while (!kinds_.empty()) {
      const std::string kind = *kinds_.begin();
      kinds_.erase(kinds_.begin());
      define_kind(kind);
    }
    json["definitions"] = definitions_;
    return json;
  }

 private:
  // A file without `architecture` and `task` is one of settings, and may hold any part of a recipe; so may one that
  // builds on others. In all other files nothing that is required may be missing.
  void require(Params& root, Json& json) {
    Json names = Json::array(), properties = Json::object();
    for (const Field& field : root.fields()) {
      if (field.rule.required) names.push_back(field.name);
      if (auto* choice = std::get_if<AnyChoice*>(&field.slot); choice && !(*choice)->value)
        properties[field.name] = reference("complete." + (*choice)->kind);
      if (auto* list = std::get_if<AnyChoiceList*>(&field.slot))
        properties[field.name] = {{"items", reference("complete." + (*list)->kind)}};
    }
    if (names.empty()) return;
    const auto has = [](const char* name) { return Json{{"required", Json::array({name})}}; };
    json["if"] = {{"anyOf", Json::array({has("architecture"), has("task")})}, {"not", has("_base_")}};
    json["then"] = {{"required", names}, {"properties", properties}};
  }

  Json object(Params& params) {
    Json properties = Json::object();
    for (const Field& field : params.fields()) properties[field.name] = property(field);
    return {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  }

  Json property(const Field& field) {
    Json json = {{"description", description(field)}};
    Json choices = std::visit([&](const auto* slot) { return this->alternatives(slot, field.rule); }, field.slot);
    choices.push_back(reference("reference"));
    json["anyOf"] = std::move(choices);
    if (!field.rule.required && !std::holds_alternative<Params*>(field.slot))
      json["default"] = value_json(node_of(field.slot));
    return json;
  }

  static std::string description(const Field& field) {
    std::string text = field.doc;
    for (const std::string& part : rule_parts(field.rule))
      if (part == "required") text += " Required.";
    return text;
  }

  Json null() { return {{"type", "null"}}; }

  static Json scalar(bool, const Rule&) { return {{"type", "boolean"}}; }
  static Json scalar(int64_t, const Rule& rule) { return with_range({{"type", "integer"}}, rule); }
  static Json scalar(double, const Rule& rule) { return with_range({{"type", "number"}}, rule); }
  static Json scalar(const std::string&, const Rule& rule) {
    Json json = {{"type", "string"}};
    if (!rule.choices.empty()) json["enum"] = rule.choices;
    if (rule.not_empty) json["minLength"] = 1;
    if (rule.expression) json["format"] = "regex";
    if (rule.size) json["pattern"] = "^[0-9.]+ *([kKmMgGtT][iI]?)[bB]$";
    return json;
  }

  static Json with_range(Json json, const Rule& rule) {
    if (std::isfinite(rule.minimum)) json[rule.above_minimum ? "exclusiveMinimum" : "minimum"] = rule.minimum;
    if (std::isfinite(rule.maximum)) json[rule.below_maximum ? "exclusiveMaximum" : "maximum"] = rule.maximum;
    return json;
  }

  template <class T>
  Json alternatives(const T*, const Rule& rule) {
    return Json::array({scalar(T{}, rule)});
  }
  template <class T>
  Json alternatives(const std::optional<T>*, const Rule& rule) {
    return Json::array({scalar(T{}, rule), null()});
  }
  template <class T>
  Json alternatives(const std::vector<T>*, const Rule& rule) {
    Rule element = rule;
    element.not_empty = false;
    Json items = {{"anyOf", Json::array({scalar(T{}, element), reference("reference")})}};
    Json choices = Json::array({list(items, rule)});
    if (rule.path) choices.insert(choices.begin(), scalar(T{}, rule));  // one path is a list of one
    return choices;
  }
  Json alternatives(const Params* group, const Rule&) {
    return Json::array({object(const_cast<Params&>(*group)), null()});
  }
  Json alternatives(const AnyOptional* group, const Rule&) { return Json::array({object(*group->make()), null()}); }
  Json alternatives(const AnyList* groups, const Rule& rule) {
    Json items = {{"anyOf", Json::array({object(*groups->make()), reference("reference")})}};
    return Json::array({list(items, rule)});
  }
  Json alternatives(const AnyChoice* choice, const Rule& rule) {
    kinds_.insert(choice->kind);
    Json json = Json::array({reference(choice->kind)});
    // Without `type` the parameters are those of the component the field has by default.
    if (choice->value) json.push_back(reference(choice->kind + "." + choice->type));
    if (!rule.required) json.push_back(null());
    return json;
  }
  Json alternatives(const AnyChoiceList* choices, const Rule& rule) {
    kinds_.insert(choices->kind);
    Json items = {{"anyOf", Json::array({reference(choices->kind), reference("reference")})}};
    return Json::array({list(items, rule)});
  }

  static Json list(const Json& items, const Rule& rule) {
    Json json = {{"type", "array"}, {"items", items}};
    if (rule.not_empty) json["minItems"] = 1;
    return json;
  }

  // "kind": a name or an object, whose type another file may give; "kind.name": the object of one component;
  // "complete.kind": what neither lacks its type nor a required key.
  void define_kind(const std::string& kind) {
    if (definitions_.contains(kind)) return;
    Json names = Json::array(), choices = Json::array();
    Json alone = Json::array(), complete = Json::array({null(), reference("reference")});
    definitions_[kind] = nullptr;
    for (const Entry* entry : Catalog::instance().entries(kind)) {
      names.push_back(entry->name);
      const std::string name = kind + "." + entry->name;
      choices.push_back(reference(name));
      const std::shared_ptr<Params> params = entry->make();
      Json required = Json::array({"type"});
      for (const Field& field : params->fields())
        if (field.rule.required) required.push_back(field.name);
      if (required.size() == 1) alone.push_back(entry->name);
      const Json type_only = {{"type", {{"const", entry->name}}}};
      complete.push_back({{"type", "object"}, {"properties", type_only}, {"required", required}});
      Json component = object(*params);
      Json properties = {{"type", {{"const", entry->name}, {"description", entry->doc}}}};
      properties.update(component["properties"]);
      component["properties"] = properties;
      component["description"] = entry->doc;
      definitions_[name] = component;
    }
    choices.insert(choices.begin(), Json{{"type", "string"}, {"enum", names}});
    definitions_[kind] = {{"anyOf", choices}};
    if (!alone.empty()) complete.insert(complete.begin(), Json{{"type", "string"}, {"enum", alone}});
    definitions_["complete." + kind] = {{"anyOf", complete}};
  }

  Json definitions_ = Json::object();
  std::set<std::string> kinds_;
};

}  // namespace

std::string schema(Params& root) { return SchemaWriter().write(root).dump(2) + "\n"; }

}  // namespace dlrun
