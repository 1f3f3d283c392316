// Tree -> typed parameters.

#include "spec/bind.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "spec/catalog.h"
#include "spec/relation.h"
#include "spec/rule.h"
#include "spec/scalar.h"
#include "spec/suggest.h"

namespace dlrun {
namespace {

// More than this many problems are one problem.
constexpr size_t max_complaints = 100;

// A value on its way into a field.
struct Target {
  std::string path;
  const Rule* rule;
  Place group;  // where the group that holds the field was written
};

class Binder {
 public:
  Binder(const Node& tree, std::vector<Complaint>& complaints, Origins& origins)
      : top_(tree.place), complaints_(complaints), origins_(origins) {}

  struct Group {
    std::string path;
    std::string label;  // "mlp", "trainer", "" at the top: how messages name it
    std::string kind;   // of a component
    Place place;
  };

  // `node` is null where nothing of the group was written.
  void bind_group(Params& params, const Node* node, const Group& group) {
    const std::vector<Field> fields = params.fields();
    if (node) complain_unknown(*node, fields, group);
    for (const Field& field : fields) {
      const Node* value = node ? node->find(field.name) : nullptr;
      bind_field(field, value, group);
    }
    for (const Relation& relation : params.relations()) {
      if (is_doubtful(relation, group.path) || holds(relation.holds, params)) continue;
      const std::string path = relation.at.empty() ? group.path : child_path(group.path, relation.at);
      report(place_of(path, group.place), path, message(relation, params));
    }
  }

  void bind_slot(const Slot& slot, const Node& node) {
    const Target target{"", &no_rule_, node.place};
    std::visit([&](auto* value) { this->set(value, node, target); }, slot);
  }

  void explain_unknown_keys(Params& root) {
    for (const auto& [place, unknown] : unknown_) complaints_.push_back({place, unknown.path, explain(unknown, root)});
  }

 private:
  bool full() const { return complaints_.size() + unknown_.size() >= max_complaints; }

  // A value is wrong: it keeps its default, and no rule that joins it with others is asked.
  void complain(const Place& place, const std::string& path, const std::string& message) {
    wrong_.insert(path);
    report(place, path, message);
  }

  void report(const Place& place, const std::string& path, const std::string& message) {
    if (full()) return;
    complaints_.push_back({place.source ? place : top_, path, message});
  }

  // Whether the values a relation joins may not be what was meant: one of them is wrong, or a key beside it is unknown
  // and may be its misspelling.
  bool is_doubtful(const Relation& relation, const std::string& group) const {
    const auto inside = [](const std::string& path, const std::string& outer) {
      return path == outer || path.starts_with(outer + ".");
    };
    for (const std::string& name : fields_of(relation.holds)) {
      const std::string path = child_path(group, name);
      for (const std::string& wrong : wrong_)
        if (inside(path, wrong) || inside(wrong, path)) return true;
      for (const auto& [place, unknown] : unknown_) {
        const size_t dot = unknown.path.rfind('.');
        const std::string owner = dot == std::string::npos ? "" : unknown.path.substr(0, dot);
        if (owner == group || inside(path, owner)) return true;
      }
    }
    return false;
  }

  Place place_of(std::string path, const Place& fallback) const {
    for (;;) {
      if (const auto found = places_.find(path); found != places_.end()) return found->second;
      const size_t dot = path.rfind('.');
      if (dot == std::string::npos) return fallback;
      path.resize(dot);
    }
  }

  void remember(const std::string& path, const Node& node) {
    places_[path] = node.place;
    if (!node.place.source || node.place.source->kind == Origin::Source::default_value) return;
    Origin origin;
    origin.source = node.variable.empty() ? node.place.source->kind : Origin::Source::environment;
    origin.file = node.place.source->name;
    origin.line = node.place.line;
    origin.column = node.place.column;
    origin.variable = node.variable;
    origins_.at[path] = origin;
  }

  void complain_unknown(const Node& node, const std::vector<Field>& fields, const Group& group) {
    for (const Node& child : node.children) {
      if (full()) return;
      const auto is_it = [&](const Field& field) { return field.name == child.key; };
      if (std::any_of(fields.begin(), fields.end(), is_it)) continue;
      if (child.key == "type" && !group.kind.empty()) continue;
      UnknownKey unknown{child_path(group.path, child.key), child.key, group.label, group.kind, {}};
      for (const Field& field : fields) unknown.siblings.push_back(field.name);
      if (!group.kind.empty()) unknown.siblings.push_back("type");
      unknown_.emplace_back(child.key_place, std::move(unknown));
    }
  }

  void bind_field(const Field& field, const Node* node, const Group& group) {
    const Target target{child_path(group.path, field.name), &field.rule, group.place};
    if (!node) {
      if (field.rule.required) complain(group.place, target.path, "required, but not given");
      // Defaults of nested groups are checked too: they may hold required keys.
      if (!field.rule.required) visit_default(field, group);
      return;
    }
    if (node->broken) return;
    remember(target.path, *node);
    std::visit([&](auto* slot) { this->set(slot, *node, target); }, field.slot);
  }

  void visit_default(const Field& field, const Group& group) {
    const std::string path = child_path(group.path, field.name);
    if (auto* params = std::get_if<Params*>(&field.slot))
      bind_group(**params, nullptr, {path, field.name, "", group.place});
    else if (auto* choice = std::get_if<AnyChoice*>(&field.slot); choice && (*choice)->value)
      bind_group(*(*choice)->value, nullptr, {path, (*choice)->type, (*choice)->kind, group.place});
  }

  void complain_type(const Node& node, const std::string& path, const Slot& slot, const std::string& hint = "") {
    complain(node.place, path, "expected " + type_text(slot) + ", got " + shown(node) + hint);
  }

  // One scalar into one value; false: complained. The slot says what was expected.
  bool read(bool& value, const Node& node, const std::string& path, const Slot& slot) {
    const auto parsed = typed(node) ? parse_bool(node.text) : std::nullopt;
    if (!parsed) return complain_type(node, path, slot, bool_hint(node)), false;
    return value = *parsed, true;
  }
  bool read(int64_t& value, const Node& node, const std::string& path, const Slot& slot) {
    const auto parsed = typed(node) ? parse_integer(node.text) : std::nullopt;
    if (!parsed) return complain_type(node, path, slot, number_hint(node, true)), false;
    return value = *parsed, true;
  }
  bool read(double& value, const Node& node, const std::string& path, const Slot& slot) {
    const auto parsed = typed(node) ? parse_number(node.text) : std::nullopt;
    if (!parsed) return complain_type(node, path, slot, number_hint(node, false)), false;
    if (std::isnan(*parsed)) return complain(node.place, path, "expected a number, got .nan, which is not one"), false;
    return value = *parsed, true;
  }
  bool read(std::string& value, const Node& node, const std::string& path, const Slot& slot) {
    const bool text = node.is_scalar() && (node.style != Node::Style::plain || is_text(node.text));
    if (!text) {
      const std::string hint = node.is_scalar() ? "; as text it is written \"" + node.text + "\"" : "";
      return complain_type(node, path, slot, hint), false;
    }
    return value = node.text, true;
  }

  // Whether the node would do as an item of a list of T.
  template <class T>
  static bool is_one(const Node& node) {
    if constexpr (std::is_same_v<T, int64_t>) return typed(node) && parse_integer(node.text).has_value();
    if constexpr (std::is_same_v<T, double>) return typed(node) && parse_number(node.text).has_value();
    return node.is_scalar() && is_text(node.text);
  }

  static bool typed(const Node& node) { return node.is_scalar() && node.style != Node::Style::quoted; }

  void check(bool, const Node&, const Target&) {}
  void check(int64_t value, const Node& node, const Target& target) {
    check_range(static_cast<double>(value), node, target);
  }
  void check(double value, const Node& node, const Target& target) {
    if (std::isinf(value) && !target.rule->infinite)
      return complain(node.place, target.path, "must be finite, got " + node.text);
    check_range(value, node, target);
  }
  void check(const std::string& value, const Node& node, const Target& target) {
    const std::vector<std::string>& choices = target.rule->choices;
    if (value.empty() && target.rule->not_empty) return complain(node.place, target.path, "must not be empty");
    if (const std::string broken = broken_text(*target.rule, value); !broken.empty())
      return complain(node.place, target.path, broken);
    if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) return;
    std::string message = "must be " + rule_text(*target.rule) + ", got " + shown(node);
    const std::string near = nearest(value, choices);
    if (!near.empty()) message += "; did you mean '" + near + "'?";
    complain(node.place, target.path, message);
  }

  void check_range(double value, const Node& node, const Target& target) {
    const Rule& rule = *target.rule;
    const bool low = rule.above_minimum ? value <= rule.minimum : value < rule.minimum;
    const bool high = rule.below_maximum ? value >= rule.maximum : value > rule.maximum;
    if (low || high) complain(node.place, target.path, "must be " + rule_text(rule) + ", got " + node.text);
  }

  // One of a few words that happens to look like a number ("32" of a precision) is text as it stands.
  void set(std::string* slot, const Node& node, const Target& target) {
    std::string value;
    const std::vector<std::string>& choices = target.rule->choices;
    if (typed(node) && std::find(choices.begin(), choices.end(), node.text) != choices.end())
      value = node.text;
    else if (!read(value, node, target.path, slot))
      return;
    check(value, node, target);
    *slot = std::move(value);
  }

  template <class T>
  void set(T* slot, const Node& node, const Target& target) {
    T value{};
    if (!read(value, node, target.path, slot)) return;
    check(value, node, target);
    *slot = std::move(value);
  }

  template <class T>
  void set(std::optional<T>* slot, const Node& node, const Target& target) {
    const bool null = node.is_null() || (node.style == Node::Style::untyped && node.text == "null");
    if (null && target.rule->required) return complain(node.place, target.path, "required, but null");
    if (null) return slot->reset();
    T value{};
    if (!read(value, node, target.path, slot)) return;
    check(value, node, target);
    *slot = std::move(value);
  }

  template <class T>
  void set(std::vector<T>* slot, const Node& node, const Target& target) {
    if (target.rule->path && is_one<T>(node)) {  // one path is a list of one
      T value{};
      if (!read(value, node, target.path, &value)) return;
      check(value, node, target);
      *slot = {std::move(value)};
      return;
    }
    if (!node.is_list()) {
      const std::string hint = is_one<T>(node)  ? "; write [" + node.text + "]"
                               : node.is_null() ? "; write [] for none"
                                                : "";
      return complain_type(node, target.path, slot, hint);
    }
    if (node.children.empty() && target.rule->not_empty) return complain(node.place, target.path, "must not be empty");
    std::vector<T> values;
    for (size_t i = 0; i < node.children.size(); ++i) {
      const Node& item = node.children[i];
      const Target element{child_path(target.path, std::to_string(i)), target.rule, node.place};
      remember(element.path, item);
      T value{};
      if (!read(value, item, element.path, &value)) continue;
      check(value, item, element);
      values.push_back(std::move(value));
    }
    *slot = std::move(values);
  }

  void set(Params* slot, const Node& node, const Target& target) {
    // A key with nothing below it, all its lines commented out, is a group at its defaults.
    if (!node.is_map() && !node.is_null()) return complain_type(node, target.path, slot);
    bind_group(*slot, node.is_map() ? &node : nullptr, {target.path, last_key(target.path), "", place(node)});
  }

  void set(AnyOptional* slot, const Node& node, const Target& target) {
    if (node.is_null()) {
      if (target.rule->required) return complain(node.place, target.path, "required, but null");
      return slot->value.reset();
    }
    if (!node.is_map()) {
      const bool yes = node.is_scalar() && parse_bool(node.text) == true;
      const bool no = node.is_scalar() && parse_bool(node.text) == false;
      return complain_type(node, target.path, slot,
                           yes  ? "; write {} for its defaults"
                           : no ? "; write null for none"
                                : "");
    }
    if (!slot->value) slot->value = slot->make();
    bind_group(*slot->value, &node, {target.path, last_key(target.path), "", place(node)});
  }

  void set(AnyList* slot, const Node& node, const Target& target) {
    if (!check_list(slot, node, target, "; write '- ' before its first key")) return;
    std::vector<std::shared_ptr<Params>> values;
    for (size_t i = 0; i < node.children.size(); ++i) {
      const Node& item = node.children[i];
      const std::string path = child_path(target.path, std::to_string(i));
      remember(path, item);
      if (!item.is_map()) {
        complain(item.place, path, "expected a group of keys, got " + shown(item));
        continue;
      }
      values.push_back(slot->make());
      bind_group(*values.back(), &item, {path, last_key(target.path), "", item.place});
    }
    slot->values = std::move(values);
  }

  void set(AnyChoice* slot, const Node& node, const Target& target) {
    if (node.is_null()) {
      if (target.rule->required) return complain(node.place, target.path, "required, but null");
      slot->value.reset();
      slot->type.clear();
      return;
    }
    if (node.is_list() || (node.is_scalar() && node.style == Node::Style::plain && !is_text(node.text))) {
      const bool no = node.is_scalar() && parse_bool(node.text) == false;
      return complain_type(node, target.path, slot, no ? "; write null for none" : "");
    }
    const Node* type = node.is_map() ? node.find("type") : &node;
    if (!type && !slot->value) return complain_no_type(*slot, node, target.path);
    if (type && !choose(*slot, *type, node.is_map() ? child_path(target.path, "type") : target.path)) return;
    bind_group(*slot->value, node.is_map() ? &node : nullptr, {target.path, slot->type, slot->kind, place(node)});
  }

  void set(AnyChoiceList* slot, const Node& node, const Target& target) {
    if (!check_list(slot, node, target, "; write '- ' before it, a list of one")) return;
    std::vector<AnyChoice> values;
    for (size_t i = 0; i < node.children.size(); ++i) {
      const Node& item = node.children[i];
      const std::string path = child_path(target.path, std::to_string(i));
      remember(path, item);
      AnyChoice choice{slot->kind, "", nullptr};
      if (item.is_null()) {
        complain(item.place, path, "expected " + type_text(&choice) + ", got null");
        continue;
      }
      set(&choice, item, {path, &no_rule_, item.place});
      if (choice.value) values.push_back(std::move(choice));
    }
    slot->values = std::move(values);
  }

  template <class List>
  bool check_list(List* slot, const Node& node, const Target& target, const std::string& single_hint) {
    if (!node.is_list()) {
      complain_type(node, target.path, slot, node.is_null() ? "; write [] for none" : single_hint);
      return false;
    }
    if (node.children.empty() && target.rule->not_empty) {
      complain(node.place, target.path, "must not be empty");
      return false;
    }
    return true;
  }

  // Makes the component `type` names.
  bool choose(AnyChoice& slot, const Node& type, const std::string& path) {
    const auto entries = Catalog::instance().entries(slot.kind);
    std::vector<std::string> names;
    for (const Entry* entry : entries) names.push_back(entry->name);
    if (!type.is_scalar()) {
      complain(type.place, path, "expected a name, got " + shown(type) + "; known: " + join(names, ", "));
      return false;
    }
    if (path.ends_with(".type")) remember(path, type);
    if (const Entry* entry = Catalog::instance().find(slot.kind, type.text)) {
      slot.type = entry->name;
      slot.value = entry->make();
      return true;
    }
    std::string message = "no " + kind_text(slot.kind) + " is called " + shown(type);
    const std::string near = nearest(type.text, names);
    if (!near.empty()) message += "; did you mean '" + near + "'?";
    if (near.empty()) message += other_kind(slot.kind, type.text);
    message += names.empty() ? "; there are none" : (near.empty() ? "; known: " : " Known: ") + join(names, ", ");
    complain(type.place, path, message);
    return false;
  }

  // "; that is a loss", for a name given to the wrong key.
  static std::string other_kind(const std::string& kind, const std::string& name) {
    for (const std::string& other : Catalog::instance().kinds())
      if (other != kind && Catalog::instance().find(other, name)) return "; that is " + one(kind_text(other));
    return "";
  }

  void complain_no_type(const AnyChoice& slot, const Node& node, const std::string& path) {
    for (const Node& child : node.children)
      if (edit_distance(child.key, "type") <= 1)
        return complain(child.key_place, child_path(path, child.key), "unknown key; did you mean 'type'?");
    std::vector<std::string> names;
    for (const Entry* entry : Catalog::instance().entries(slot.kind)) names.push_back(entry->name);
    complain(place(node), path, "needs a 'type': " + join(names, ", "));
  }

  // A group is best pointed at by its key; an item of a list by itself.
  static Place place(const Node& node) { return node.key_place.source ? node.key_place : node.place; }
  static std::string last_key(const std::string& path) {
    const size_t dot = path.rfind('.');
    return dot == std::string::npos ? path : path.substr(dot + 1);
  }

  Place top_;
  std::vector<Complaint>& complaints_;
  Origins& origins_;
  std::vector<std::pair<Place, UnknownKey>> unknown_;
  std::map<std::string, Place> places_;
  std::set<std::string> wrong_;  // paths
  Rule no_rule_;
};

}  // namespace

void bind_tree(Params& root, const Node& tree, std::vector<Complaint>& complaints, Origins& origins) {
  Binder binder(tree, complaints, origins);
  binder.bind_group(root, &tree, {"", "", "", tree.place});
  binder.explain_unknown_keys(root);
}

void bind_value(const Slot& slot, const Node& node) {
  std::vector<Complaint> ignored;
  Origins nowhere;
  Binder(node, ignored, nowhere).bind_slot(slot, node);
}

}  // namespace dlrun
