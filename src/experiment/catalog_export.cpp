// The catalog as the front program carries it: asked for once, at build time.

#include <string>

#include "spec/catalog_json.h"

extern "C" const char* dlrun_catalog_json() {
  static const std::string text = dlrun::catalog_json();
  return text.c_str();
}
