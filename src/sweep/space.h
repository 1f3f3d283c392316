// What a sweep varies: keys of a recipe, each with the values it may take.
//
//   optimizer.lr=1e-4,3e-4,1e-3             a list: values at commas that stand in no brackets and no quotes
//   architecture.widths=[64],[64,64]        of lists too
//   architecture.dropout=0..0.5             every number from 0 to 0.5; whole ones where the key takes an integer
//   optimizer.lr=1e-4..1e-2:log             the same, each power of ten as often as the next

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/field.h"
#include "spec/read.h"
#include "sweep/sweep_settings.h"

namespace dlrun {

struct SweptKey {
  std::string key;
  std::vector<std::string> choices;  // YAML, as written; of an interval none
  double low = 0.0, high = 0.0;      // of an interval
  bool logarithmic = false, whole = false;
  std::string recipe_value;  // YAML: what the recipe says itself

  bool is_interval() const { return choices.empty(); }
  // Where a number stands on the interval's scale: itself, or its logarithm.
  double place_of(double value) const;
  // The ends of that scale. Whole numbers have half a step more on both sides, so that each is drawn as often.
  double first_place() const;
  double last_place() const;
  // The number at a place as YAML, to four digits, inside the interval.
  std::string value_at(double place) const;
  // The other way: nothing for what is no number of the interval.
  std::optional<double> place_of(const std::string& value) const;
  // Which of the choices a value is; nothing where it is none.
  std::optional<size_t> choice_of(const std::string& value) const;
};

using Space = std::vector<SweptKey>;
// One value for each key of a space, as YAML.
using Values = std::vector<std::string>;

// The parts of a text between commas that stand in no brackets and no quotes, without the blanks around them.
std::vector<std::string> listed_values(const std::string& text);

// Whether "key=value" names more than one value.
bool varies(const std::string& argument);

// One that does, and where it was written, for messages: "argument a=1,2", "recipe.yaml:9:5: sweep.vary.0".
struct Varied {
  std::string text, place;
};

// What the block of a recipe varies. Throws UserError(bad_recipe), with its place, for an entry with a single value.
std::vector<Varied> varied_in(const SweepSettings& block, const Origins& origins);

// Its key. `recipe` tells what it takes and says. Throws UserError(bad_recipe) for a key that is not there and for an
// interval that cannot be one.
SweptKey swept_key(const Varied& varied, Params& recipe);

// "optimizer.lr=0.001", for the command line.
std::string override_of(const SweptKey& key, const std::string& value);

}  // namespace dlrun
