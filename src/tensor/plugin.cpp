// Libraries that lie beside the engine.

#include "tensor/plugin.h"

#include <dlfcn.h>

#include <filesystem>

namespace dlrun {
namespace {

// Plugins lie beside the library this code is in; the test program has them one folder up.
std::filesystem::path plugin_path(const std::string& file) {
  Dl_info here = {};
  dladdr(reinterpret_cast<const void*>(&plugin_path), &here);
  const std::filesystem::path folder = std::filesystem::path(here.dli_fname ? here.dli_fname : "").parent_path();
  const std::filesystem::path beside = folder / file, above = folder / ".." / file;
  return !std::filesystem::exists(beside) && std::filesystem::exists(above) ? above : beside;
}

}  // namespace

Plugin load_plugin(const std::string& file, const char* entry) {
  Plugin plugin{plugin_path(file), "", nullptr};
  void* library = dlopen(plugin.path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library)
    plugin.entry = dlsym(library, entry);
  else
    plugin.problem = dlerror();
  return plugin;
}

}  // namespace dlrun
