// What a recipe is between its text and its typed parameters: a tree of values that know where they were written.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spec/read.h"

namespace dlrun {

// One text that values come from: a file, or an argument of the command line.
struct Source {
  Origin::Source kind = Origin::Source::recipe;
  std::string name;  // the file as the user named it, or the whole argument
  int order = 0;     // problems of earlier sources are reported first
};

struct Place {
  std::shared_ptr<const Source> source;  // null: nowhere, a default
  int line = 0;                          // 1-based
  int column = 0;                        // 1-based, in characters

  std::string str() const;  // "recipe.yaml:4:9", "argument optimizer.lr=0.1"
  bool before(const Place& other) const;
};

struct Node {
  enum class Kind { null, scalar, list, map };
  // Plain scalars are typed by their text, quoted ones are text, untyped ones (from ${...}) are what the slot wants.
  enum class Style { plain, quoted, untyped };

  Kind kind = Kind::null;
  Style style = Style::plain;
  std::string text;            // of a scalar
  std::vector<Node> children;  // items of a list, members of a map
  std::string key;             // of a member of a map
  Place place;                 // of the value
  Place key_place;             // of the key, for a member of a map
  std::string variable;        // the environment variable the value came from
  bool broken = false;         // a problem with it is known already
  bool resolved = false;       // its ${...} are replaced
  bool component = false;      // a map that begins with `type`, made from a component

  bool is_map() const { return kind == Kind::map; }
  bool is_list() const { return kind == Kind::list; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_null() const { return kind == Kind::null; }

  Node* find(std::string_view name);  // the member of a map or the item of a list; null when there is none
  const Node* find(std::string_view name) const;
  void remove(std::string_view name);
  // Takes over the value of `other`, keeping key and key_place.
  void assign(const Node& other);
};

// A problem of a recipe. The line it becomes: place: path: message.
struct Complaint {
  Place place;
  std::string path;  // may be empty
  std::string message;

  std::string str() const;
};

// The node at a dotted path ("augmentation.0.size"), null when there is none.
Node* find_path(Node& root, std::string_view path);

std::string child_path(const std::string& parent, std::string_view key);

// How many nodes a tree has, itself included.
size_t count_nodes(const Node& node);

// Throws RecipeError with the complaints in the order of their places; returns when there are none.
void throw_complaints(std::vector<Complaint> complaints);

// Everything a recipe may hold in total; a larger one is a mistake or an attack.
inline constexpr size_t max_text_bytes = 256 * 1024;
inline constexpr size_t max_nodes = 20'000;
inline constexpr size_t max_depth = 64;

}  // namespace dlrun
