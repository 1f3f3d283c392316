// The catalog: every component of every kind, by name. Components register themselves; nothing else is edited.

#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "spec/field.h"

namespace dlrun {

struct Entry {
  std::string kind;                               // "architecture", "loss", ...
  std::string name;                               // the recipe's `type`; equals the stem of the source file
  std::string doc;                                // one sentence
  std::string file;                               // src/models/mlp.cpp, relative to the project
  std::function<std::shared_ptr<Params>()> make;  // a new component with its defaults
};

class Catalog {
 public:
  // The catalog of this process. Filled before main() in the engine; read from JSON in the front program.
  static Catalog& instance();

  void add(Entry entry);
  const Entry* find(const std::string& kind, const std::string& name) const;  // null when there is none
  std::vector<const Entry*> entries(const std::string& kind) const;           // sorted by name
  std::vector<std::string> kinds() const;                                     // sorted

 private:
  std::deque<Entry> entries_;  // Entries handed out stay where they are.
};

// A namespace-scope constant of this type in a component's source file puts it into the catalog:
//   const Registered<Architecture, Mlp> mlp_entry{"mlp", "Multilayer perceptron."};
template <class Base, class Component>
struct Registered {
  Registered(const char* name, const char* doc, std::source_location here = std::source_location::current()) {
    Catalog::instance().add({Base::kind, name, doc, here.file_name(), [] { return std::make_shared<Component>(); }});
  }
};

}  // namespace dlrun
