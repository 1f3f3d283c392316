// Typed parameters -> tree.

#include "spec/node_of.h"

#include <cmath>

#include "base/text.h"

namespace dlrun {
namespace {

Node scalar(std::string text, Node::Style style) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.style = style;
  node.text = std::move(text);
  return node;
}

Node of(bool value) { return scalar(value ? "true" : "false", Node::Style::plain); }
Node of(int64_t value) { return scalar(std::to_string(value), Node::Style::plain); }
Node of(const std::string& value) { return scalar(value, Node::Style::quoted); }

Node of(double value) {
  if (std::isnan(value)) return scalar(".nan", Node::Style::plain);
  if (std::isinf(value)) return scalar(value > 0 ? ".inf" : "-.inf", Node::Style::plain);
  return scalar(number_text(value), Node::Style::plain);
}

template <class T>
Node of(const std::optional<T>& value) {
  return value ? of(*value) : Node{};
}

template <class T>
Node of(const std::vector<T>& values) {
  Node node;
  node.kind = Node::Kind::list;
  for (const T& value : values) node.children.push_back(of(value));
  return node;
}

Node of(const AnyOptional& group) { return group.value ? node_of(*group.value) : Node{}; }

Node of(const AnyChoice& choice) {
  if (!choice.value) return Node{};
  Node node = node_of(*choice.value);
  Node type = of(choice.type);
  type.key = "type";
  node.component = true;
  node.children.insert(node.children.begin(), std::move(type));
  return node;
}

Node of(const AnyList& list) {
  Node node;
  node.kind = Node::Kind::list;
  for (const auto& value : list.values) node.children.push_back(node_of(*value));
  return node;
}

Node of(const AnyChoiceList& list) {
  Node node;
  node.kind = Node::Kind::list;
  for (const AnyChoice& choice : list.values) node.children.push_back(of(choice));
  return node;
}

Node of(Params& params) { return node_of(params); }

}  // namespace

Node node_of(const Slot& slot) {
  return std::visit([](auto* value) { return of(*value); }, slot);
}

Node node_of(Params& params) {
  Node node;
  node.kind = Node::Kind::map;
  for (const Field& field : params.fields()) {
    Node child = node_of(field.slot);
    if (field.rule.path && child.is_list() && child.children.size() == 1) child.assign(Node(child.children[0]));
    child.key = field.name;
    node.children.push_back(std::move(child));
  }
  return node;
}

}  // namespace dlrun
