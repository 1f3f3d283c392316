// A recipe's text, made to mean the same in another place: scalars are replaced where the parser found them, and
// nothing else is touched.

#include "moved_recipe.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/shell.h"
#include "base/text.h"
#include "spec/yaml.h"

namespace dlrun {
namespace {

namespace fs = std::filesystem;

struct Edit {
  int line = 0;
  size_t column = 0;  // in bytes
  size_t length = 0;
  std::string text;
};

// A path as YAML text that reads back as it.
std::string scalar(const std::string& text) {
  const bool plain =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") == std::string::npos;
  if (plain) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

class Mover {
 public:
  Mover(const std::string& text, const Move& move) : lines_(split(text, '\n')), move_(move) {}

  void bases(const Node& node) {
    if (node.is_list())
      for (const Node& item : node.children) bases(item);
    if (!node.is_scalar()) return;
    const fs::path base = fs::absolute(fs::path(move_.from).parent_path() / node.text).lexically_normal();
    const fs::path folder = fs::absolute(fs::path(move_.to)).lexically_normal().parent_path();
    const fs::path home = fs::absolute(move_.home).lexically_normal();
    const bool inside = !folder.lexically_relative(home).string().starts_with("..");
    replace(node, (inside ? base.lexically_relative(folder) : base).string());
  }

  void paths(const Node& node) {
    for (const Node& child : node.children) paths(child);
    if (!node.is_scalar() || !node.text.starts_with("recipes/")) return;
    std::error_code error;
    const fs::path there = fs::path(move_.home) / node.text;
    if (!fs::exists(there, error) || fs::equivalent(there, node.text, error)) return;
    replace(node, fs::absolute(there).lexically_normal().string());
  }

  void name(const Node& node) {
    const std::string stem = fs::path(move_.to).stem().string();
    if (scalar(stem) == stem && node.is_scalar()) replace(node, stem);
  }

  std::string text() {
    std::sort(edits_.begin(), edits_.end(), [](const Edit& a, const Edit& b) { return a.column > b.column; });
    for (const Edit& edit : edits_) lines_[static_cast<size_t>(edit.line)].replace(edit.column, edit.length, edit.text);
    const std::string old = "recipes/" + fs::path(move_.from).filename().string(), now = shell_word(move_.to);
    for (std::string& line : lines_)
      for (size_t at = 0; line.starts_with('#') && (at = line.find(old, at)) != std::string::npos; at += now.size())
        line.replace(at, old.size(), now);
    return join(lines_, "\n");
  }

 private:
  // Where it stands is told in characters; paths of recipes are ASCII up to there.
  void replace(const Node& node, const std::string& value) {
    const int line = node.place.line - 1;
    const size_t column = static_cast<size_t>(node.place.column - 1);
    const std::string& text = lines_[static_cast<size_t>(line)];
    const bool quoted = text[column] == '"' || text[column] == '\'';
    const size_t length = quoted ? text.find(text[column], column + 1) + 1 - column : node.text.size();
    edits_.push_back({line, column, length, scalar(value)});
  }

  std::vector<std::string> lines_;
  const Move& move_;
  std::vector<Edit> edits_;
};

}  // namespace

std::string moved_recipe(const std::string& text, const Move& move) {
  std::vector<Complaint> complaints;
  const auto source = std::make_shared<Source>(Source{Origin::Source::recipe, move.from, 0});
  const Node tree = parse_yaml(text, source, complaints);
  throw_complaints(complaints);
  Mover mover(text, move);
  for (const Node& member : tree.children) {
    if (member.key == "_base_")
      mover.bases(member);
    else if (member.key == "name")
      mover.name(member);
    else
      mover.paths(member);
  }
  return mover.text();
}

}  // namespace dlrun
