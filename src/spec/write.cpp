// Trees as YAML text, and typed parameters through them.

#include "spec/write.h"

#include <algorithm>
#include <cstdio>

#include "base/numbered_folder.h"
#include "base/text.h"
#include "spec/catalog.h"
#include "spec/compose.h"
#include "spec/node_of.h"
#include "spec/scalar.h"
#include "spec/secrets.h"

namespace dlrun {
namespace {

constexpr int line_width = 100;

bool is_plain_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '/' || c == '-' || c == '+';
}

// Whether a text reads back as itself without quotes: by us, and by YAML 1.1 readers, for whom yes, on and 1_0 are
// other things.
bool is_plain_text(const std::string& text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_plain_character)) return false;
  const char first = text.front();
  const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_';
  const bool path = (first == '/' || first == '.') && text.find('/') != std::string::npos;
  if (!letter && !path) return false;
  const std::string word = lower(text);
  for (const char* other : {"yes", "no", "on", "off", "y", "n", "true", "false", "null"})
    if (word == other) return false;
  return is_text(text);
}

void append_escaped(std::string& out, unsigned char c) {
  char buffer[8];
  std::snprintf(buffer, sizeof buffer, "\\x%02X", c);
  out += buffer;
}

// `numbered`: ${n} stands for itself.
std::string double_quoted(const std::string& text, bool numbered = false) {
  std::string out = "\"";
  for (size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0;
    const auto third = at + 2 < text.size() ? static_cast<unsigned char>(text[at + 2]) : 0;
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20 || c == 0x7F) {
      append_escaped(out, c);
    } else if (c == 0xC2 && next < 0xA0) {  // U+0080 to U+009F: control characters, one of them a line break
      append_escaped(out, next);
      ++at;
    } else if (c == 0xE2 && next == 0x80 && (third == 0xA8 || third == 0xA9)) {  // U+2028, U+2029: line breaks
      out += third == 0xA8 ? "\\u2028" : "\\u2029";
      at += 2;
    } else if (c == 0xEF && next == 0xBB && third == 0xBF) {  // a byte-order mark
      out += "\\uFEFF";
      at += 2;
    } else {
      const bool number = numbered && text.compare(at, 4, number_mark) == 0;
      if (!number && text.compare(at, 2, "${") == 0) out += '$';  // $${ reads back as ${
      out += static_cast<char>(c);
    }
  }
  return out + "\"";
}

std::string scalar_text(const Node& node) {
  if (node.is_null()) return "null";
  if (node.style == Node::Style::plain) return node.text;
  if (const std::string reference = reference_for(node.text); !reference.empty()) return "\"" + reference + "\"";
  return is_plain_text(node.text) ? node.text : double_quoted(node.text, node.key == numbered_key);
}

bool is_leaf(const Node& node) { return node.children.empty(); }

std::string leaf_text(const Node& node) {
  if (node.is_list()) return "[]";
  if (node.is_map()) return "{}";
  return scalar_text(node);
}

// A component without parameters is its name.
bool is_bare_component(const Node& node) { return node.component && node.children.size() == 1; }

// "[1, 2]" where it fits in a line; empty where it does not.
std::string flow_list(const Node& list, int column) {
  std::string text = "[";
  for (const Node& item : list.children) {
    if (!is_leaf(item)) return "";
    if (text.size() > 1) text += ", ";
    text += leaf_text(item);
  }
  text += "]";
  return column + text_width(text) <= line_width ? text : "";
}

class Emitter {
 public:
  std::string text;

  void members(const Node& map, int indent) {
    for (const Node& member : map.children) {
      text.append(static_cast<size_t>(indent), ' ');
      text += is_plain_text(member.key) ? member.key : double_quoted(member.key);
      text += ':';
      value(member, indent, text_width(member.key) + indent + 1);
    }
  }

 private:
  // After "key:".
  void value(const Node& node, int indent, int column) {
    if (is_leaf(node)) {
      text += " " + leaf_text(node) + "\n";
    } else if (is_bare_component(node)) {
      text += " " + leaf_text(node.children.front()) + "\n";
    } else if (node.is_map()) {
      text += "\n";
      members(node, indent + 2);
    } else if (const std::string flow = flow_list(node, column + 1); !flow.empty()) {
      text += " " + flow + "\n";
    } else {
      text += "\n";
      items(node, indent + 2);
    }
  }

  void items(const Node& list, int indent) {
    for (const Node& item : list.children) {
      text.append(static_cast<size_t>(indent), ' ');
      if (is_leaf(item)) {
        text += "- " + leaf_text(item) + "\n";
      } else if (is_bare_component(item)) {
        text += "- " + leaf_text(item.children.front()) + "\n";
      } else {
        // The first key of a group stands behind the dash.
        const size_t start = text.size();
        members(item, indent + 2);
        text.erase(start, static_cast<size_t>(indent) + 2);
        text.insert(start, "- ");
      }
    }
  }
};

bool equal(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.style != b.style || a.text != b.text || a.children.size() != b.children.size())
    return false;
  for (size_t i = 0; i < a.children.size(); ++i)
    if (a.children[i].key != b.children[i].key || !equal(a.children[i], b.children[i])) return false;
  return true;
}

const Node* type_of(const Node& node) { return node.is_map() ? node.find("type") : nullptr; }

// Takes out of `node` what equals `defaults`, but what has to be given. `params` only says which fields there are: its
// values may be others.
void prune(Node& node, const Node& defaults, Params& params);

// A written type starts from that component's own defaults, whatever the field's default is.
void prune_component(Node& node, const std::string& kind) {
  const Node* type = type_of(node);
  if (!type) return;
  const std::shared_ptr<Params> fresh = Catalog::instance().find(kind, type->text)->make();
  prune(node, node_of(*fresh), *fresh);
}

void prune_field(Node& node, const Node& defaults, const Field& field) {
  if (auto* choice = std::get_if<AnyChoice*>(&field.slot)) {
    prune_component(node, (*choice)->kind);
  } else if (auto* group = std::get_if<Params*>(&field.slot)) {
    prune(node, defaults, **group);
  } else if (auto* optional = std::get_if<AnyOptional*>(&field.slot); optional && node.is_map()) {
    const std::shared_ptr<Params> fresh = (*optional)->make();
    prune(node, defaults.is_map() ? defaults : node_of(*fresh), *fresh);
  } else if (auto* list = std::get_if<AnyChoiceList*>(&field.slot)) {
    for (Node& item : node.children) prune_component(item, (*list)->kind);
  }
}

void prune(Node& node, const Node& defaults, Params& params) {
  for (const Field& field : params.fields()) {
    Node* value = node.find(field.name);
    const Node* standard = defaults.find(field.name);
    if (!value || !standard) continue;
    if (equal(*value, *standard) && !field.rule.required)
      node.remove(field.name);
    else
      prune_field(*value, *standard, field);
  }
}

void collect(const Node& node, const std::string& path, std::vector<std::pair<std::string, std::string>>& values) {
  if (is_leaf(node) || (node.is_list() && !flow_list(node, 0).empty())) {
    values.emplace_back(path, is_leaf(node) ? leaf_text(node) : flow_list(node, 0));
    return;
  }
  for (size_t i = 0; i < node.children.size(); ++i) {
    const Node& child = node.children[i];
    collect(child, child_path(path, node.is_list() ? std::to_string(i) : child.key), values);
  }
}

}  // namespace

Node changes(Params& root, Params& defaults) {
  Node node = node_of(root);
  prune(node, node_of(defaults), root);
  return node;
}

std::string write_yaml(Params& root, const WriteOptions& options) {
  const Node node = options.without ? changes(root, *options.without) : node_of(root);
  Emitter emitter;
  emitter.members(node, 0);
  return emitter.text.empty() ? "{}\n" : emitter.text;
}

std::string value_text(const Slot& slot) {
  const Node node = node_of(slot);
  if (is_leaf(node)) return leaf_text(node);
  if (is_bare_component(node)) return leaf_text(node.children.front());
  if (node.is_list())
    if (const std::string flow = flow_list(node, 0); !flow.empty()) return flow;
  std::vector<std::pair<std::string, std::string>> values;
  collect(node, "", values);
  std::vector<std::string> parts;
  for (const auto& [path, value] : values) parts.push_back(path + ": " + value);
  return "{" + join(parts, ", ") + "}";
}

std::vector<Difference> diff(Params& left, Params& right) {
  std::vector<std::pair<std::string, std::string>> a, b;
  collect(node_of(left), "", a);
  collect(node_of(right), "", b);
  std::vector<Difference> differences;
  for (const auto& [path, value] : a) {
    const auto other = std::find_if(b.begin(), b.end(), [&](const auto& item) { return item.first == path; });
    if (other == b.end())
      differences.push_back({path, value, ""});
    else if (other->second != value)
      differences.push_back({path, value, other->second});
  }
  for (const auto& [path, value] : b) {
    const auto other = std::find_if(a.begin(), a.end(), [&](const auto& item) { return item.first == path; });
    if (other == a.end()) differences.push_back({path, "", value});
  }
  return differences;
}

}  // namespace dlrun
