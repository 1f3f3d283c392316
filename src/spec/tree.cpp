// Trees of values that know where they were written.

#include "spec/tree.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/text.h"

namespace dlrun {

std::string Place::str() const {
  if (!source) return "default";
  if (source->kind == Origin::Source::override_argument) return "argument " + source->name;
  return source->name + ":" + std::to_string(line) + ":" + std::to_string(column);
}

bool Place::before(const Place& other) const {
  const int order = source ? source->order : -1;
  const int other_order = other.source ? other.source->order : -1;
  return std::tie(order, line, column) < std::tie(other_order, other.line, other.column);
}

Node* Node::find(std::string_view name) {
  if (kind == Kind::map) {
    for (Node& child : children)
      if (child.key == name) return &child;
  } else if (kind == Kind::list) {
    size_t index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (error == std::errc() && end == name.data() + name.size() && index < children.size()) return &children[index];
  }
  return nullptr;
}

const Node* Node::find(std::string_view name) const { return const_cast<Node*>(this)->find(name); }

void Node::remove(std::string_view name) {
  std::erase_if(children, [&](const Node& child) { return child.key == name; });
}

void Node::assign(const Node& other) {
  Node copy = other;
  copy.key = std::move(key);
  copy.key_place = std::move(key_place);
  *this = std::move(copy);
}

std::string Complaint::str() const { return place.str() + ": " + (path.empty() ? "" : path + ": ") + message; }

Node* find_path(Node& root, std::string_view path) {
  Node* node = &root;
  for (const std::string& key : split(path, '.')) {
    node = node->find(key);
    if (!node) return nullptr;
  }
  return node;
}

std::string child_path(const std::string& parent, std::string_view key) {
  return parent.empty() ? std::string(key) : parent + "." + std::string(key);
}

size_t count_nodes(const Node& node) {
  size_t count = 1;
  for (const Node& child : node.children) count += count_nodes(child);
  return count;
}

void throw_complaints(std::vector<Complaint> complaints) {
  if (complaints.empty()) return;
  std::stable_sort(complaints.begin(), complaints.end(),
                   [](const Complaint& a, const Complaint& b) { return a.place.before(b.place); });
  std::vector<std::string> lines;
  for (const Complaint& complaint : complaints) lines.push_back(complaint.str());
  throw RecipeError(std::move(lines));
}

}  // namespace dlrun
