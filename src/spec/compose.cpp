// Files, the files they build on, and how one tree is laid over another.

#include "spec/compose.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "spec/yaml.h"

namespace dlrun {
namespace {

namespace fs = std::filesystem;

constexpr size_t max_files_deep = 16, max_files = 64;

// Where links lead; for a place that cannot be followed, the place itself.
std::string canonical_of(const std::string& path) {
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(path, error);
  return error ? fs::path(path).lexically_normal().string() : canonical.string();
}

std::string read_all(const std::string& path, const std::string& named_at) {
  try {
    const FileKind kind = FileSystem::instance().kind(path);
    if (kind == FileKind::none) throw UserError(ExitCode::no_input, path + ": no such file");
    if (kind == FileKind::folder) throw UserError(ExitCode::no_input, path + ": is a folder; a recipe is a YAML file");
    return read_beginning(path, max_text_bytes + 1);  // One byte past the limit is enough to see that it is too long.
  } catch (const UserError& error) {
    throw UserError(error.code(), named_at + error.what());
  }
}

// What a recipe does not take from another one: whose name and folder they are.
constexpr const char* own_keys[] = {"name", "description", "output_dir"};

// What a file of settings does not have.
const Node* recipe_key(const Node& tree) {
  const Node* architecture = tree.find("architecture");
  return architecture ? architecture : tree.find("task");
}

class Composer {
 public:
  explicit Composer(std::vector<Complaint>& complaints) : complaints_(complaints) {}

  Node file(const std::string& path, const std::string& named_at, Origin::Source kind) {
    return text(read_all(path, named_at), path, kind);
  }

  Node text(const std::string& text, const std::string& name, Origin::Source kind) {
    const auto source = std::make_shared<Source>(Source{kind, name, order_++});
    Node tree = parse_yaml(text, source, complaints_);
    if (tree.is_null()) {
      complaints_.push_back({{source, 1, 1}, "", "nothing is written here; see dlrun describe recipe"});
      throw_complaints(std::move(complaints_));
    }
    if (!tree.is_map()) {
      complaints_.push_back({tree.place, "", "expected keys with values, as in 'name: first'"});
      throw_complaints(std::move(complaints_));
    }
    // Keys of the file itself are at its first line where nothing better is known.
    tree.place = {source, 1, 1};
    if (const Node* bases = tree.find("_base_")) {
      const Node names = *bases;
      tree.remove("_base_");
      return over_bases(std::move(tree), names, name);
    }
    return tree;
  }

 private:
  Node over_bases(Node tree, const Node& names, const std::string& name) {
    std::vector<Node> list;
    if (names.is_list())
      list = names.children;
    else
      list.push_back(names);
    chain_.push_back(canonical_of(name));
    Node merged;
    merged.kind = Node::Kind::map;
    std::string recipe;  // the one among them
    for (const Node& base : list) {
      if (!base.is_scalar()) {
        complaints_.push_back({base.place, "_base_", "expected a file or a list of files"});
        continue;
      }
      Node below = load_base(base, name);
      if (recipe_key(below)) {
        if (!recipe.empty())
          fail(base, base.text + " is a recipe, and so is " + recipe +
                         "; a recipe builds on one other and on files of settings");
        recipe = base.text;
        for (const char* key : own_keys) below.remove(key);
      }
      merge(merged, below);
    }
    chain_.pop_back();
    merge(merged, tree);
    merged.place = tree.place;
    if (count_nodes(merged) > max_nodes)
      fail(names, "too many values with those of its files (more than " + std::to_string(max_nodes) + ")");
    return merged;
  }

  [[noreturn]] void fail(const Node& base, const std::string& message) {
    complaints_.push_back({base.place, "_base_", message});
    throw_complaints(std::move(complaints_));
    std::abort();  // not reached
  }

  Node load_base(const Node& base, const std::string& name) {
    const std::string path = (fs::path(name).parent_path() / base.text).lexically_normal().string();
    const std::string canonical = canonical_of(path);
    if (std::find(chain_.begin(), chain_.end(), canonical) != chain_.end())
      fail(base, "goes in a circle: " + join(chain_, " -> ") + " -> " + canonical);
    if (chain_.size() > max_files_deep) fail(base, "more than " + std::to_string(max_files_deep) + " files deep");
    if (++files_ > max_files)
      fail(base, "more than " + std::to_string(max_files) + " files, those of its files with them");
    return file(path, base.place.str() + ": _base_: ", Origin::Source::base);
  }

  std::vector<Complaint>& complaints_;
  std::vector<std::string> chain_;
  size_t files_ = 0;
  int order_ = 0;
};

// A component written as a bare string, in full.
void expand_shorthand(Node& node) {
  if (!node.is_scalar()) return;
  Node type = node;
  type.key = "type";
  type.key_place = node.place;
  node.kind = Node::Kind::map;
  node.text.clear();
  node.children = {type};
}

}  // namespace

Node compose_file(const std::string& path, std::vector<Complaint>& complaints) {
  return Composer(complaints).file(path, "", Origin::Source::recipe);
}

Node compose_settings(const std::string& path, const std::string& argument, std::vector<Complaint>& complaints) {
  Node tree = Composer(complaints).file(path, argument + ": ", Origin::Source::base);
  if (const Node* key = recipe_key(tree)) {
    complaints.push_back(
        {key->key_place, "",
         path + " is a recipe itself (it has '" + key->key + "'); " + argument + " takes a file of settings"});
    throw_complaints(std::move(complaints));
  }
  return tree;
}

Node compose_text(const std::string& text, const std::string& name, std::vector<Complaint>& complaints) {
  return Composer(complaints).text(text, name, Origin::Source::recipe);
}

void merge(Node& base, const Node& over) {
  Node shorthand;
  const Node* source = &over;
  // "optimizer: adamw" over a group is its type alone.
  if (base.is_map() && base.find("type") && over.is_scalar()) {
    shorthand = over;
    expand_shorthand(shorthand);
    source = &shorthand;
  }
  if (base.is_scalar() && over.is_map() && !over.find("type")) expand_shorthand(base);
  if (!base.is_map() || !source->is_map()) {
    base.assign(over);
    return;
  }
  const Node* old_type = base.find("type");
  const Node* new_type = source->find("type");
  if (old_type && new_type && old_type->text != new_type->text) base.children.clear();
  base.place = source->place;
  for (const Node& member : source->children) {
    if (Node* old = base.find(member.key)) {
      merge(*old, member);
      old->key_place = member.key_place;
    } else {
      base.children.push_back(member);
    }
  }
}

}  // namespace dlrun
