// Build step: asks the engine for its catalog and writes it as JSON, for the front program to carry.
// usage: dlrun_catalog libdlrun_engine.so catalog.json

#include <dlfcn.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

int main(int count, char** arguments) {
  if (count != 3) return 2;
  void* engine = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  void* symbol = engine ? dlsym(engine, "dlrun_catalog_json") : nullptr;
  if (!symbol) {
    std::fprintf(stderr, "dlrun_catalog: %s\n", dlerror());
    return 70;
  }
  const std::string catalog = reinterpret_cast<const char* (*)()>(symbol)();
  std::ifstream old(arguments[2]);
  // An unchanged file keeps its time, so that a change inside a component does not rebuild the front program.
  if (std::string(std::istreambuf_iterator<char>(old), {}) == catalog && !catalog.empty()) return 0;
  std::ofstream file(arguments[2]);
  file << catalog;
  return file.flush() ? 0 : 74;
}
