// Arguments "a.b=value" laid over a tree.

#include <algorithm>

#include "base/text.h"
#include "spec/compose.h"
#include "spec/walk.h"
#include "spec/yaml.h"

namespace dlrun {
namespace {

// One argument at a time; a malformed one is complained about and leaves the tree alone.
class Override {
 public:
  Override(Node& tree, const std::string& argument, int order, Params& root, std::vector<Complaint>& complaints)
      : tree_(tree), root_(root), complaints_(complaints) {
    source_ = std::make_shared<Source>(Source{Origin::Source::override_argument, argument, order});
    argument_ = argument;
  }

  void apply() {
    const size_t equals = argument_.find('=');
    if (equals == std::string::npos) return complain("", "expected key=value, as in optimizer.lr=0.1");
    path_ = argument_.substr(0, equals);
    keys_ = split(path_, '.');
    for (const std::string& key : keys_)
      if (key.empty()) return complain("", "expected key=value, as in optimizer.lr=0.1; a key is empty");
    if (keys_.front() == "_base_") return complain("_base_", "can only be given in a file");
    std::vector<Complaint> problems;
    Node value;
    try {
      value = parse_yaml(argument_.substr(equals + 1), source_, problems);
    } catch (const RecipeError& error) {
      // What it says already begins with the argument.
      const std::string line = error.problems().front(), prefix = place().str() + ": ";
      return complain(path_, line.starts_with(prefix) ? line.substr(prefix.size()) : line);
    }
    for (const Complaint& problem : problems) complain(path_, problem.message);
    if (!problems.empty()) return;
    place_everywhere(value);
    set(value);
  }

 private:
  Place place() const { return {source_, 1, 1}; }
  void complain(const std::string& path, const std::string& message) {
    complaints_.push_back({place(), path, message});
  }

  void place_everywhere(Node& node) const {
    node.place = place();
    node.key_place = place();
    for (Node& child : node.children) place_everywhere(child);
  }

  void set(Node value) {
    Node* node = &tree_;
    std::string path;
    for (const std::string& key : keys_) {
      prepare(*node, path, key);
      path = child_path(path, key);
      if (node->is_list()) {
        const size_t size = node->children.size();
        node = node->find(key);
        if (!node) return complain(path, "no such item; the list has " + std::to_string(size) + ", counted from 0");
        continue;
      }
      if (Node* child = node->find(key)) {
        node = child;
      } else {
        Node fresh;
        fresh.key = key;
        fresh.place = fresh.key_place = place();
        node->children.push_back(std::move(fresh));
        node = &node->children.back();
      }
    }
    if (keys_.back() == "type") drop_parameters(value);
    node->assign(value);
    node->key_place = place();
  }

  // Makes `node` something `key` can be set in.
  void prepare(Node& node, const std::string& path, const std::string& key) {
    if (node.is_map() || node.is_list()) return;
    const bool index = key.find_first_not_of("0123456789") == std::string::npos;
    if (node.is_null() && index) {
      if (const auto value = default_node(root_, &tree_, path)) node.assign(*value);
      place_everywhere_but_key(node);
      if (node.is_list()) return;
    }
    Node type = node;
    const bool shorthand = node.is_scalar() && key != "type";
    node.kind = Node::Kind::map;
    node.children.clear();
    node.text.clear();
    node.place = place();
    if (!shorthand) return;
    type.key = "type";
    type.key_place = type.place;
    node.children.push_back(std::move(type));
  }

  void place_everywhere_but_key(Node& node) const {
    node.place = place();
    for (Node& child : node.children) place_everywhere(child);
  }

  // Another type: parameters of the old one go, but for those other arguments gave.
  void drop_parameters(const Node& type) {
    const std::string path = join({keys_.begin(), keys_.end() - 1}, ".");
    Node* component = path.empty() ? nullptr : find_path(tree_, path);
    if (!component) return;
    const Node* old = component->find("type");
    if (old && old->is_scalar() && old->text == type.text) return;
    std::erase_if(component->children, [&](const Node& child) {
      const bool argument = child.key_place.source && child.key_place.source->kind == Origin::Source::override_argument;
      return child.key != "type" && !argument;
    });
  }

  Node& tree_;
  Params& root_;
  std::vector<Complaint>& complaints_;
  std::shared_ptr<const Source> source_;
  std::string argument_, path_;
  std::vector<std::string> keys_;
};

}  // namespace

void apply_overrides(Node& tree, const std::vector<std::string>& overrides, Params& root,
                     std::vector<Complaint>& complaints) {
  int order = 1'000'000;  // after every file
  for (const std::string& argument : overrides) Override(tree, argument, order++, root, complaints).apply();
}

}  // namespace dlrun
