// ${a.b}, ${env:VAR} and ${env:VAR,default}.

#include <algorithm>
#include <cstdlib>

#include "base/numbered_folder.h"
#include "base/text.h"
#include "spec/compose.h"
#include "spec/scalar.h"
#include "spec/secrets.h"
#include "spec/walk.h"

namespace dlrun {
namespace {

constexpr size_t max_expanded_bytes = 1024 * 1024;
constexpr int max_following = 64;  // references, each of which leads to the next

// One piece of a scalar: text to take as it is, or the inside of ${...}.
struct Piece {
  bool reference = false;
  std::string text;
};

// The end of the reference that begins at `open` (its '$'): the offset of its '}'; npos when it is never closed.
size_t closing_brace(const std::string& text, size_t open) {
  int depth = 0;
  for (size_t at = open + 1; at < text.size(); ++at) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return at;
  }
  return std::string::npos;
}

class Interpolator {
 public:
  Interpolator(Node& tree, Params& root, std::vector<Complaint>& complaints)
      : tree_(tree), root_(root), complaints_(complaints), nodes_(count_nodes(tree)) {}

  void resolve(Node& node, const std::string& path) {
    if (node.broken) return;
    if (!node.is_scalar()) {
      for (size_t i = 0; i < node.children.size(); ++i) {
        Node& child = node.children[i];
        resolve(child, child_path(path, node.is_list() ? std::to_string(i) : child.key));
      }
      return;
    }
    if (node.text.find("${") == std::string::npos || node.resolved) return;
    if (std::find(active_.begin(), active_.end(), path) != active_.end()) {
      std::vector<std::string> chain(std::find(active_.begin(), active_.end(), path), active_.end());
      chain.push_back(path);
      return complain(node, path, "goes in a circle: " + join(chain, " -> "));
    }
    active_.push_back(path);
    expand(node, path);
    active_.pop_back();
    node.resolved = true;
  }

 private:
  void complain(Node& node, const std::string& path, const std::string& message) {
    node.broken = true;
    complaints_.push_back({node.place, path, message});
  }

  void expand(Node& node, const std::string& path) {
    if (following_ == max_following)
      stop(node, path, "more than " + std::to_string(max_following) + " references, each of which leads to the next");
    ++following_;
    expand_pieces(node, path);
    --following_;
  }

  void expand_pieces(Node& node, const std::string& path) {
    const std::optional<std::vector<Piece>> pieces = cut(node, path);
    if (!pieces) return;
    const std::string written = node.text;
    if (pieces->size() == 1 && pieces->front().reference) {
      const std::optional<Node> value = lookup(node, path, pieces->front().text);
      if (value) replace(node, path, *value);
      if (value && value->is_scalar()) keep_secret(node, written, value->variable);
      return;
    }
    std::string text;
    std::string variable;  // the last one; a secret one where there is any
    bool any_reference = false;
    for (const Piece& piece : *pieces) {
      if (!piece.reference) {
        text += piece.text;
        continue;
      }
      any_reference = true;
      const std::optional<Node> value = lookup(node, path, piece.text);
      if (!value) return;
      if (!value->is_scalar())
        return complain(node, path, "${" + piece.text + "} is " + shown(*value) + ", which cannot stand inside text");
      text += value->text;
      if (!value->variable.empty() && !looks_secret(variable)) variable = value->variable;
      if (expanded_ + text.size() > max_expanded_bytes) stop(node, path, "too much text (references followed)");
    }
    expanded_ += text.size();
    node.text = text;
    node.variable = variable;
    if (any_reference && node.style == Node::Style::plain) node.style = Node::Style::untyped;
    const size_t mark = text.find(number_mark);
    if (path == numbered_key && mark != std::string::npos && text.find(number_mark, mark + 1) != std::string::npos)
      return complain(node, path, "${n} is the number of one folder: write it once");
    keep_secret(node, written, variable);
  }

  // A default in the place of a variable that is not set is in the recipe anyway.
  static void keep_secret(const Node& node, const std::string& written, const std::string& variable) {
    if (!node.broken && looks_secret(variable)) keep_reference(node.text, written, variable);
  }

  std::optional<std::vector<Piece>> cut(Node& node, const std::string& path) {
    const std::string& text = node.text;
    std::vector<Piece> pieces;
    std::string plain;
    size_t at = 0;
    while (at < text.size()) {
      if (text.compare(at, 3, "$${") == 0) {
        plain += "${";
        at += 3;
      } else if (text.compare(at, 2, "${") == 0) {
        const size_t end = closing_brace(text, at);
        if (end == std::string::npos) {
          complain(node, path, "a '${' that is never closed by '}'; write $${ for the characters themselves");
          return std::nullopt;
        }
        const std::string reference = text.substr(at + 2, end - at - 2);
        at = end + 1;
        if (path == numbered_key && reference == "n") {
          plain += number_mark;
          continue;
        }
        if (!plain.empty()) pieces.push_back({false, std::move(plain)});
        plain.clear();
        pieces.push_back({true, reference});
      } else {
        plain += text[at++];
      }
    }
    if (!plain.empty()) pieces.push_back({false, std::move(plain)});
    return pieces;
  }

  std::optional<Node> lookup(Node& node, const std::string& path, const std::string& reference) {
    if (reference.starts_with("env:")) return environment(node, path, reference.substr(4));
    if (reference.empty() || reference.find_first_of(" ${}:,") != std::string::npos) {
      complain(node, path, "${" + reference + "} is no reference; write ${a.b} or ${env:VARIABLE,default}");
      return std::nullopt;
    }
    if (reference == "n") {
      complain(node, path, "${n} is the number of a run folder: it can only stand in " + std::string(numbered_key));
      return std::nullopt;
    }
    if (Node* target = find_path(tree_, reference)) {
      const size_t before = complaints_.size();
      resolve(*target, reference);
      if (reference == numbered_key && is_numbered(target->text)) {
        complain(node, path, "${" + reference + "} holds ${n}, a number that is not known before the run begins");
        return std::nullopt;
      }
      if (complaints_.size() > before || has_broken(*target)) {
        node.broken = true;
        return std::nullopt;
      }
      return *target;
    }
    if (std::optional<Node> value = default_node(root_, &tree_, reference)) return value;
    std::string message = "${" + reference + "}: no such key in this recipe";
    const std::string near = nearest(reference, all_paths(root_));
    if (!near.empty()) message += "; did you mean ${" + near + "}?";
    complain(node, path, message);
    return std::nullopt;
  }

  std::optional<Node> environment(Node& node, const std::string& path, const std::string& reference) {
    const size_t comma = reference.find(',');
    const std::string name = reference.substr(0, comma);
    Node value;
    value.kind = Node::Kind::scalar;
    value.style = Node::Style::untyped;
    value.variable = name;
    if (const char* text = name.empty() ? nullptr : std::getenv(name.c_str())) {
      value.text = text;
      if (invalid_utf8(value.text) == std::string::npos) return value;
      complain(node, path, "the environment variable " + name + " is not UTF-8");
      return std::nullopt;
    }
    if (name.empty() || comma == std::string::npos) {
      complain(node, path,
               name.empty() ? "${env:} names no variable"
                            : "the environment variable " + name +
                                  " is not set; set it, or give a default: ${env:" + name + ",default}");
      return std::nullopt;
    }
    value.variable.clear();
    value.text = reference.substr(comma + 1);
    value.place = node.place;
    expand(value, path);
    if (value.broken) {
      node.broken = true;
      return std::nullopt;
    }
    return value;
  }

  static bool has_broken(const Node& node) {
    return node.broken || std::any_of(node.children.begin(), node.children.end(), has_broken);
  }

  // The value takes the place of the reference, and problems with it are reported there. Text that came out of a
  // reference is not looked at again.
  void replace(Node& node, const std::string& path, Node value) {
    nodes_ += count_nodes(value);
    if (nodes_ > max_nodes) stop(node, path, "too many values (references followed)");
    move_to(value, node.place);
    // A number may be wanted as text here: the slot decides.
    if (value.style == Node::Style::plain) value.style = Node::Style::untyped;
    node.assign(value);
  }
  void move_to(Node& value, const Place& place) {
    value.place = place;
    value.resolved = true;
    if (!value.key.empty()) value.key_place = place;
    for (Node& child : value.children) move_to(child, place);
  }

  [[noreturn]] void stop(Node& node, const std::string& path, const std::string& message) {
    complain(node, path, message);
    throw_complaints(std::move(complaints_));
    std::abort();  // not reached
  }

  Node& tree_;
  Params& root_;
  std::vector<Complaint>& complaints_;
  size_t nodes_;
  size_t expanded_ = 0;
  int following_ = 0;
  std::vector<std::string> active_;
};

// Writes into `node` the text defaults of `group` that hold references, where nothing else is written.
void add_defaults(Node& node, Params& group, const std::shared_ptr<const Source>& nowhere) {
  for (const Field& field : group.fields()) {
    Node* written = node.find(field.name);
    if (auto* inner = std::get_if<Params*>(&field.slot)) {
      Node fresh;
      fresh.kind = Node::Kind::map;
      fresh.key = field.name;
      fresh.place = fresh.key_place = {nowhere, 1, 1};
      add_defaults(written && written->is_map() ? *written : fresh, **inner, nowhere);
      if (!written && !fresh.children.empty()) node.children.push_back(std::move(fresh));
      continue;
    }
    auto* text = std::get_if<std::string*>(&field.slot);
    if (written || !text || (*text)->find("${") == std::string::npos) continue;
    Node fresh;
    fresh.kind = Node::Kind::scalar;
    fresh.text = **text;
    fresh.key = field.name;
    fresh.place = fresh.key_place = {nowhere, 1, 1};
    node.children.push_back(std::move(fresh));
  }
}

}  // namespace

void interpolate(Node& tree, Params& root, std::vector<Complaint>& complaints) {
  const std::string file = tree.place.source ? tree.place.source->name : "";
  add_defaults(tree, root, std::make_shared<Source>(Source{Origin::Source::default_value, file, 0}));
  Interpolator(tree, root, complaints).resolve(tree, "");
}

}  // namespace dlrun
