// Finding fields by their dotted path.

#include "spec/walk.h"

#include "base/text.h"
#include "spec/catalog.h"
#include "spec/node_of.h"

namespace dlrun {
namespace {

// Follows a path; at any time it stands on a group or on a field.
class Walker {
 public:
  explicit Walker(Params& root) : group_(&root) {}

  std::optional<Found> follow(const Node* tree, const std::vector<std::string>& keys) {
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!group_ && !enter(tree, keys[i])) return stop({keys.begin() + static_cast<std::ptrdiff_t>(i), keys.end()});
      if (group_ && !skip_) {
        std::optional<Field> next = field_named(keys[i]);
        if (!next) return std::nullopt;
        found_.field = std::move(*next);
        found_.group = name_;
        name_ = keys[i];
        group_ = nullptr;
      }
      skip_ = false;
      tree = tree ? tree->find(keys[i]) : nullptr;
    }
    if (!found_.field.name.empty()) return stop({});
    return std::nullopt;
  }

 private:
  std::optional<Found> stop(std::vector<std::string> rest) {
    found_.rest = std::move(rest);
    return std::move(found_);
  }

  std::optional<Field> field_named(const std::string& name) {
    for (Field& field : group_->fields())
      if (field.name == name) return std::move(field);
    return std::nullopt;
  }

  void stand_on(std::shared_ptr<Params> group) {
    group_ = group.get();
    found_.keep.push_back(std::move(group));
  }

  // From the field towards `key` inside its value. `tree` is the field's own node. False: the rest is inside a scalar
  // list, a `type`, or nowhere.
  bool enter(const Node* tree, const std::string& key) {
    const Slot& slot = found_.field.slot;
    if (auto* params = std::get_if<Params*>(&slot)) return group_ = *params, true;
    if (auto* optional = std::get_if<AnyOptional*>(&slot))
      return stand_on((*optional)->value ? (*optional)->value : (*optional)->make()), true;
    if (auto* choice = std::get_if<AnyChoice*>(&slot)) return key != "type" && enter_choice(tree, **choice);
    if (auto* list = std::get_if<AnyList*>(&slot)) return enter_item(tree, **list, key);
    if (auto* list = std::get_if<AnyChoiceList*>(&slot)) return enter_item(tree, **list, key);
    return false;
  }

  bool enter_choice(const Node* tree, const AnyChoice& choice) {
    const Node* type = tree && tree->is_map() ? tree->find("type") : tree;
    if (type && type->is_scalar()) {
      const Entry* entry = Catalog::instance().find(choice.kind, type->text);
      if (!entry) return false;
      name_ = entry->name;
      return stand_on(entry->make()), true;
    }
    if (!choice.value) return false;
    name_ = choice.type;
    return stand_on(choice.value), true;
  }

  // Lists: `key` is an index, and the item behind it takes the place of the field.
  bool enter_item(const Node* tree, const AnyList& list, const std::string& key) {
    if (key.find_first_not_of("0123456789") != std::string::npos) return false;
    const size_t index = key.size() < 6 ? std::stoul(key) : 999999;
    std::shared_ptr<Params> item = !tree && index < list.values.size() ? list.values[index] : list.make();
    found_.field.slot = item.get();
    found_.keep.push_back(std::move(item));
    skip_ = true;
    return true;
  }
  bool enter_item(const Node* tree, const AnyChoiceList& list, const std::string& key) {
    if (key.find_first_not_of("0123456789") != std::string::npos) return false;
    const size_t index = key.size() < 6 ? std::stoul(key) : 999999;
    auto item = std::make_shared<AnyChoice>();
    item->kind = list.kind;
    if (!tree && index < list.values.size()) *item = list.values[index];
    found_.field.slot = item.get();
    found_.keep.push_back(std::move(item));
    skip_ = true;
    return true;
  }

  Params* group_;
  bool skip_ = false;  // this key was an index
  std::string name_;   // of the group stood on
  Found found_;
};

void collect(Params& group, const std::string& prefix, int depth, std::vector<std::string>& paths) {
  if (depth > 8) return;
  for (const Field& field : group.fields()) {
    const std::string path = child_path(prefix, field.name);
    paths.push_back(path);
    if (auto* params = std::get_if<Params*>(&field.slot)) {
      collect(**params, path, depth + 1, paths);
    } else if (auto* optional = std::get_if<AnyOptional*>(&field.slot)) {
      const std::shared_ptr<Params> value = (*optional)->value ? (*optional)->value : (*optional)->make();
      collect(*value, path, depth + 1, paths);
    } else if (auto* choice = std::get_if<AnyChoice*>(&field.slot)) {
      if ((*choice)->value) collect(*(*choice)->value, path, depth + 1, paths);
    }
  }
}

}  // namespace

std::optional<Found> locate(Params& root, const Node* tree, const std::string& path) {
  return Walker(root).follow(tree, split(path, '.'));
}

std::optional<Node> default_node(Params& root, const Node* tree, const std::string& path) {
  const std::optional<Found> found = locate(root, tree, path);
  if (!found) return std::nullopt;
  const Node value = node_of(found->field.slot);
  const Node* node = &value;
  for (const std::string& key : found->rest) {
    node = node->find(key);
    if (!node) return std::nullopt;
  }
  return *node;
}

std::vector<std::string> all_paths(Params& root) {
  std::vector<std::string> paths;
  collect(root, "", 0, paths);
  return paths;
}

}  // namespace dlrun
