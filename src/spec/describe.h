// What a component is and takes, for people and for programs.

#pragma once

#include <string>

#include "spec/catalog.h"

namespace dlrun {

// Its sentence, and every field with type, rule, default and documentation, in lines of at most `width` columns.
std::string describe_text(const Entry& entry, int width);

// The same as one line of JSON.
std::string describe_json(const Entry& entry);

// One key of the recipe, with the keys below it.
std::string describe_key(const std::string& path, const Field& field, int width);

// "padding: must be less than the kernel", the path below `prefix`.
std::string relation_text(const Relation& relation, const std::string& prefix);

// "a number, between 0 and 1; default 0.1".
std::string field_text(const Field& field);

}  // namespace dlrun
