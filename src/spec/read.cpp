// The reader: compose, override, interpolate, bind; every problem at once.

#include "spec/read.h"

#include "base/text.h"
#include "spec/bind.h"
#include "spec/compose.h"

namespace dlrun {
namespace {

Origins read_tree(Node tree, const ReadOptions& options, Params& root, std::vector<Complaint> complaints) {
  std::vector<std::string> overrides;
  for (const std::string& argument : options.overrides) {
    if (argument.starts_with(config_argument))
      merge(tree, compose_settings(argument.substr(std::string(config_argument).size()), argument, complaints));
    else
      overrides.push_back(argument);
  }
  apply_overrides(tree, overrides, root, complaints);
  interpolate(tree, root, complaints);
  Origins origins;
  bind_tree(root, tree, complaints, origins);
  throw_complaints(std::move(complaints));
  return origins;
}

}  // namespace

std::string Origin::str() const {
  switch (source) {
    case Source::default_value:
      return "default";
    case Source::override_argument:
      return "argument " + file;
    default:
      break;
  }
  const std::string place = file + ":" + std::to_string(line) + ":" + std::to_string(column);
  return variable.empty() ? place : place + " (environment variable " + variable + ")";
}

Origin Origins::find(const std::string& path) const {
  std::string prefix = path;
  for (;;) {
    if (const auto found = at.find(prefix); found != at.end()) return found->second;
    const size_t dot = prefix.rfind('.');
    if (dot == std::string::npos) return {};
    prefix.resize(dot);
  }
}

RecipeError::RecipeError(std::vector<std::string> problems)
    : UserError(ExitCode::bad_recipe, join(problems, "\n")), problems_(std::move(problems)) {}

Origins read_file(const std::string& path, const ReadOptions& options, Params& root) {
  std::vector<Complaint> complaints;
  Node tree = compose_file(path, complaints);
  return read_tree(std::move(tree), options, root, std::move(complaints));
}

Origins read_text(const std::string& text, const std::string& name, const ReadOptions& options, Params& root) {
  std::vector<Complaint> complaints;
  Node tree = compose_text(text, name, complaints);
  return read_tree(std::move(tree), options, root, std::move(complaints));
}

}  // namespace dlrun
