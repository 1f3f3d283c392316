// The catalog as data: what lets a program without the engine read, check, describe and complete recipes.

#pragma once

#include <string>

namespace dlrun {

// Every component of Catalog::instance() with its fields, defaults, rules and documentation.
std::string catalog_json();

// Adds the components of such a text to Catalog::instance(). Their fields() have slots of the same types, defaults,
// rules and documentation, and their relations() are the same. Throws std::runtime_error when the text was not written
// by catalog_json().
void load_catalog(const std::string& json);

}  // namespace dlrun
