// The catalog as JSON, and components whose fields are made from it.

#include "spec/catalog_json.h"

#include <deque>
#include <memory>
#include <stdexcept>

#include "base/text.h"
#include "spec/bind.h"
#include "spec/catalog.h"
#include "spec/component_json.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;
using SharedJson = std::shared_ptr<const Json>;

constexpr int format_version = 2;

Rule rule_of(const Json& json) {
  Rule rule;
  rule.minimum = json.value("minimum", rule.minimum);
  rule.maximum = json.value("maximum", rule.maximum);
  rule.above_minimum = json.value("above_minimum", false);
  rule.below_maximum = json.value("below_maximum", false);
  rule.choices = json.value("choices", std::vector<std::string>{});
  rule.required = json.value("required", false);
  rule.not_empty = json.value("not_empty", false);
  rule.path = json.value("path", false);
  rule.infinite = json.value("infinite", false);
  rule.expression = json.value("expression", false);
  rule.capture = json.value("capture", false);
  rule.size = json.value("size", false);
  return rule;
}

// `numeric`: text stands for a number JSON cannot write.
Node node_of_json(const Json& json, bool numeric) {
  Node node;
  if (json.is_null()) return node;
  if (json.is_array()) {
    node.kind = Node::Kind::list;
    for (const Json& item : json) node.children.push_back(node_of_json(item, numeric));
    return node;
  }
  if (json.is_object()) {
    node.kind = Node::Kind::map;
    for (const auto& [key, value] : json.items()) {
      node.children.push_back(node_of_json(value, false));
      node.children.back().key = key;
    }
    return node;
  }
  node.kind = Node::Kind::scalar;
  node.style = json.is_string() && !numeric ? Node::Style::quoted : Node::Style::untyped;
  if (json.is_string())
    node.text = json.get<std::string>();
  else if (json.is_number_float())
    node.text = number_text(json.get<double>());
  else
    node.text = json.dump();
  return node;
}

// Owns the values its fields point to.
class DynamicParams final : public Params {
 public:
  // Of a component, or of a field that is a group.
  explicit DynamicParams(const SharedJson& description) {
    for (const Json& field : description->at("fields")) add(SharedJson(description, &field));
    for (const Json& relation : description->value("relations", Json::array()))
      relations_.push_back({relation.at("at"), relation.at("holds"), relation.at("says")});
  }

  std::vector<Field> fields() override { return fields_; }
  std::vector<Relation> relations() const override { return relations_; }

 private:
  using Value =
      std::variant<bool, int64_t, double, std::string, std::optional<bool>, std::optional<int64_t>,
                   std::optional<double>, std::optional<std::string>, std::vector<int64_t>, std::vector<double>,
                   std::vector<std::string>, std::shared_ptr<Params>, AnyOptional, AnyList, AnyChoice, AnyChoiceList>;

  void add(const SharedJson& field) {
    values_.push_back(make_value(field));
    const Slot slot = std::visit([](auto& value) { return slot_of(value); }, values_.back());
    const std::string type = field->at("type");
    bind_value(slot, node_of_json(field->at("default"), type.find("number") != std::string::npos));
    fields_.push_back({field->at("name"), slot, field->at("doc"), rule_of(field->value("rule", Json::object()))});
  }

  template <class T>
  static Slot slot_of(T& value) {
    return &value;
  }
  static Slot slot_of(std::shared_ptr<Params>& group) { return group.get(); }

  static Value make_value(const SharedJson& field) {
    const std::string type = field->at("type");
    const auto make = [field]() -> std::shared_ptr<Params> { return std::make_shared<DynamicParams>(field); };
    if (type == "bool") return false;
    if (type == "integer") return int64_t{0};
    if (type == "number") return 0.0;
    if (type == "text") return std::string();
    if (type == "optional_bool") return std::optional<bool>();
    if (type == "optional_integer") return std::optional<int64_t>();
    if (type == "optional_number") return std::optional<double>();
    if (type == "optional_text") return std::optional<std::string>();
    if (type == "integer_list") return std::vector<int64_t>();
    if (type == "number_list") return std::vector<double>();
    if (type == "text_list") return std::vector<std::string>();
    if (type == "group") return make();
    if (type == "optional_group") return AnyOptional{nullptr, make};
    if (type == "group_list") return AnyList{{}, make};
    if (type == "component") return AnyChoice{field->at("kind"), "", nullptr};
    if (type == "component_list") return AnyChoiceList{field->at("kind"), {}};
    throw std::runtime_error("a catalog with a field of unknown type " + type);
  }

  std::deque<Value> values_;  // Never moves its elements.
  std::vector<Field> fields_;
  std::vector<Relation> relations_;
};

}  // namespace

std::string catalog_json() {
  Json components = Json::array();
  const Catalog& catalog = Catalog::instance();
  for (const std::string& kind : catalog.kinds())
    for (const Entry* entry : catalog.entries(kind)) components.push_back(component_json(*entry));
  return Json{{"version", format_version}, {"components", components}}.dump(1);
}

void load_catalog(const std::string& json) {
  const auto root = std::make_shared<const Json>(Json::parse(json));
  if (root->value("version", 0) != format_version) throw std::runtime_error("a catalog of another version");
  for (const Json& component : root->at("components")) {
    const SharedJson description(root, &component);
    Catalog::instance().add({component.at("kind"), component.at("name"), component.at("doc"), component.at("file"),
                             [description] { return std::make_shared<DynamicParams>(description); }});
  }
}

}  // namespace dlrun
