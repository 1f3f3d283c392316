// Libraries that lie beside the engine and are loaded when something needs them.

#pragma once

#include <string>

namespace dlrun {

struct Plugin {
  std::string path;       // where it is, or should be
  std::string problem;    // why it cannot be loaded; empty: it is
  void* entry = nullptr;  // what it gives by that name; null where it is of another build
};

// Loads `file`, or finds it loaded.
Plugin load_plugin(const std::string& file, const char* entry);

}  // namespace dlrun
