// text -> typed parameters: the strict reader of recipes. The only place that knows YAML.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "spec/field.h"

namespace dlrun {

// Where a value was written.
struct Origin {
  enum class Source { default_value, recipe, base, environment, override_argument };
  Source source = Source::default_value;
  std::string file;  // as the user named it; the argument itself for overrides
  int line = 0;      // 1-based; 0 where there is no line
  int column = 0;
  std::string variable;     // of `environment`: the variable
  std::string str() const;  // "recipe.yaml:4:9", "argument optimizer.lr=0.1", "default"
};

// Origins by full dotted path ("data.val.split"); paths that are missing were left at their default.
struct Origins {
  std::map<std::string, Origin> at;
  // The origin of a path, or of its nearest parent that was written.
  Origin find(const std::string& path) const;
};

// Exit code 78; what() lists every problem, one line each: file:line:column: path: rule, value, likely fix.
class RecipeError : public UserError {
 public:
  explicit RecipeError(std::vector<std::string> problems);
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::string> problems_;
};

// Before the name of a file of settings, among the arguments.
constexpr const char* config_argument = "--config=";

struct ReadOptions {
  // "a.b=value" arguments, applied in order, after the settings that "--config=FILE" lays over the recipe.
  std::vector<std::string> overrides;
};

// Reads the recipe at `path` into `root` (its defaults stay where nothing is written). Throws RecipeError with every
// problem at once, UserError(no_input) when a file cannot be read.
Origins read_file(const std::string& path, const ReadOptions& options, Params& root);
// The same from text; `name` stands for the file in messages.
Origins read_text(const std::string& text, const std::string& name, const ReadOptions& options, Params& root);

}  // namespace dlrun
