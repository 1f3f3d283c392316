// One declaration per parameter: Field binds a name to a typed slot with its sentence of documentation and its rule.
//
// A default is written once, as a member initializer; everything else about a parameter stands once, in fields().
// Reading, checks, messages, JSON Schema, describe and the reference pages are plain functions over these.

#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dlrun {

struct Field;

// A rule that joins fields: {"padding", "not given(padding) or padding < kernel", "must be less than the kernel"}.
// spec/relation.h says what an expression may hold.
struct Relation {
  std::string at;     // the field the message belongs to ("min_lr", "early_stopping.monitor"); empty: the whole group
  std::string holds;  // the expression over the group's fields that must be true
  std::string says;   // what is wrong when it is not; the values follow in parentheses
};

// A group of parameters. Fields point into the object, so an object whose fields() are in use must not move.
// A text default may hold references ("runs/${name}"); the reader replaces them.
struct Params {
  virtual ~Params() = default;
  virtual std::vector<Field> fields() = 0;
  // Rules that join fields; one is checked once its fields passed their own rules.
  virtual std::vector<Relation> relations() const { return {}; }
};

// A nested group that may be absent (null in the recipe); absent unless `value` is set.
struct AnyOptional {
  std::shared_ptr<Params> value;
  std::function<std::shared_ptr<Params>()> make;  // a new group with defaults
};

// A list of nested groups.
struct AnyList {
  std::vector<std::shared_ptr<Params>> values;
  std::function<std::shared_ptr<Params>()> make;
};

// A component picked by `type` from the catalog of its kind; no component when `value` is null.
struct AnyChoice {
  std::string kind;
  std::string type;
  std::shared_ptr<Params> value;
};

// A list of components of one kind.
struct AnyChoiceList {
  std::string kind;
  std::vector<AnyChoice> values;
};

template <class T>
struct Optional : AnyOptional {
  Optional() {
    make = [] { return std::make_shared<T>(); };
  }
  explicit operator bool() const { return value != nullptr; }
  T* operator->() const { return static_cast<T*>(value.get()); }
  T& operator*() const { return static_cast<T&>(*value); }
};

template <class T>
struct List : AnyList {
  List() {
    make = [] { return std::make_shared<T>(); };
  }
  explicit List(std::vector<T> items) : List() {
    for (T& item : items) values.push_back(std::make_shared<T>(std::move(item)));
  }
  size_t size() const { return values.size(); }
  T& operator[](size_t i) const { return static_cast<T&>(*values[i]); }
};

// `Base` is a component interface with `static constexpr const char* kind`.
template <class Base>
struct Choice : AnyChoice {
  Choice() { kind = Base::kind; }
  explicit operator bool() const { return value != nullptr; }
  Base* operator->() const { return static_cast<Base*>(value.get()); }
  Base& operator*() const { return static_cast<Base&>(*value); }
};

template <class Base>
struct ChoiceList : AnyChoiceList {
  ChoiceList() { kind = Base::kind; }
  size_t size() const { return values.size(); }
  Base& operator[](size_t i) const { return static_cast<Base&>(*values[i].value); }
};

// Where a parameter's value lives. Closed: every function over fields handles every alternative.
using Slot =
    std::variant<bool*, int64_t*, double*, std::string*, std::optional<bool>*, std::optional<int64_t>*,
                 std::optional<double>*, std::optional<std::string>*, std::vector<int64_t>*, std::vector<double>*,
                 std::vector<std::string>*, Params*, AnyOptional*, AnyList*, AnyChoice*, AnyChoiceList*>;

// What a single value must satisfy. Rules given together are joined by "and". On lists, the numeric range and the
// choices hold for every element.
struct Rule {
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  bool above_minimum = false;  // the minimum itself is excluded
  bool below_maximum = false;  // the maximum itself is excluded
  std::vector<std::string> choices;
  bool required = false;    // the recipe must give a value
  bool not_empty = false;   // strings and lists
  bool path = false;        // a file or folder: resolved against the working directory, checked by `validate`
  bool infinite = false;    // .inf is a value here
  bool expression = false;  // text: a regular expression (ECMAScript)
  bool capture = false;     // text: one with a group in parentheses
  bool size = false;        // text: bytes with their unit, see parse_size
};

inline Rule between(double minimum, double maximum) { return {.minimum = minimum, .maximum = maximum}; }
inline Rule at_least(double minimum) { return {.minimum = minimum}; }
inline Rule at_most(double maximum) { return {.maximum = maximum}; }
inline Rule more_than(double minimum) { return {.minimum = minimum, .above_minimum = true}; }
inline Rule less_than(double maximum) { return {.maximum = maximum, .below_maximum = true}; }
inline Rule required() { return {.required = true}; }
inline Rule not_empty() { return {.not_empty = true}; }
inline Rule is_path() { return {.path = true}; }
inline Rule may_be_infinite() { return {.infinite = true}; }
inline Rule is_expression() { return {.expression = true}; }
inline Rule is_capture() { return {.expression = true, .capture = true}; }
inline Rule is_size() { return {.size = true}; }
template <class... Names>
Rule one_of(Names... names) {
  return {.choices = {std::string(names)...}};
}

// The conjunction of two rules.
Rule both(Rule a, const Rule& b);

struct Field {
  std::string name;
  Slot slot;
  std::string doc;  // one sentence, with the unit
  Rule rule;
};

template <class T, class... Rules>
Field field(std::string name, T& slot, std::string doc, const Rules&... rules) {
  Rule rule;
  ((rule = both(std::move(rule), rules)), ...);
  if constexpr (std::is_base_of_v<Params, T>)
    return {std::move(name), Slot(static_cast<Params*>(&slot)), std::move(doc), std::move(rule)};
  else if constexpr (std::is_base_of_v<AnyOptional, T>)
    return {std::move(name), Slot(static_cast<AnyOptional*>(&slot)), std::move(doc), std::move(rule)};
  else if constexpr (std::is_base_of_v<AnyList, T>)
    return {std::move(name), Slot(static_cast<AnyList*>(&slot)), std::move(doc), std::move(rule)};
  else if constexpr (std::is_base_of_v<AnyChoice, T>)
    return {std::move(name), Slot(static_cast<AnyChoice*>(&slot)), std::move(doc), std::move(rule)};
  else if constexpr (std::is_base_of_v<AnyChoiceList, T>)
    return {std::move(name), Slot(static_cast<AnyChoiceList*>(&slot)), std::move(doc), std::move(rule)};
  else
    return {std::move(name), Slot(&slot), std::move(doc), std::move(rule)};
}

}  // namespace dlrun
