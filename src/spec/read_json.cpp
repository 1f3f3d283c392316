// JSON -> tree -> typed parameters.

#include "spec/read_json.h"

#include <cmath>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "spec/bind.h"

namespace dlrun {
namespace {

constexpr size_t most_told = 5;

// Without the keys the group does not know.
Node known_part(Node tree, Params& group) {
  std::set<std::string> names;
  for (const Field& field : group.fields()) names.insert(field.name);
  std::erase_if(tree.children, [&](const Node& member) { return !names.contains(member.key); });
  return tree;
}

}  // namespace

Node node_of_json(const nlohmann::json& json) {
  Node node;
  if (json.is_null()) return node;
  if (json.is_array()) {
    node.kind = Node::Kind::list;
    for (const nlohmann::json& item : json) node.children.push_back(node_of_json(item));
    return node;
  }
  if (json.is_object()) {
    node.kind = Node::Kind::map;
    for (const auto& [key, value] : json.items()) {
      node.children.push_back(node_of_json(value));
      node.children.back().key = key;
    }
    return node;
  }
  node.kind = Node::Kind::scalar;
  node.style = json.is_string() ? Node::Style::quoted : Node::Style::plain;
  if (json.is_string()) {
    node.text = json.get<std::string>();
  } else if (json.is_number_float()) {
    const double value = json.get<double>();
    node.text = std::isnan(value) ? ".nan" : std::isinf(value) ? (value > 0 ? ".inf" : "-.inf") : number_text(value);
  } else {
    node.text = json.dump();
  }
  return node;
}

void read_json(const nlohmann::json& json, const std::string& source, const std::string& key, Params& group) {
  const auto fail = [&](const std::string& what) { throw UserError(ExitCode::bad_data, source + ": " + what); };
  if (!json.is_object()) fail((key.empty() ? "" : key + ": ") + "expected a group of keys, got " + json.type_name());
  std::vector<Complaint> complaints;
  Origins nowhere;
  bind_tree(group, known_part(node_of_json(json), group), complaints, nowhere);
  std::vector<std::string> problems;
  for (const Complaint& complaint : complaints)
    problems.push_back((complaint.path.empty() ? key : child_path(key, complaint.path)) + ": " + complaint.message);
  if (problems.empty()) return;
  const size_t count = problems.size();
  problems.resize(std::min(count, most_told));
  fail(join(problems, "; ") + (count > most_told ? " and " + std::to_string(count - most_told) + " more" : ""));
}

}  // namespace dlrun
