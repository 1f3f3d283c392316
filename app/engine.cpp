// Finds the engine beside the program and loads it.

#include "engine.h"

#include <dlfcn.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "base/error.h"

namespace dlrun {
namespace {

namespace fs = std::filesystem;

// The build tree keeps the engine beside the program, an installed tree in ../lib/dlrun/.
fs::path find_engine() {
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path candidates[] = {folder / "libdlrun_engine.so", folder / "../lib/dlrun/libdlrun_engine.so"};
  for (const fs::path& candidate : candidates)
    if (fs::exists(candidate, error)) return candidate.lexically_normal();
  throw UserError(ExitCode::no_input, "libdlrun_engine.so: no such file beside the program (" + folder.string() +
                                          ") or in ../lib/dlrun/. This verb computes and needs it; "
                                          "build it or install dlrun again.");
}

[[noreturn]] void fail(const fs::path& library) {
  const char* reason = dlerror();
  const std::string why = reason ? reason : "unknown reason";
  std::string advice = "The library was built for another system, or is damaged: build it again.";
  if (why.find("libtorch") != std::string::npos || why.find("libc10") != std::string::npos)
    advice =
        "libtorch is not where it was when dlrun was built: run scripts/setup.sh and build again, "
        "or name its folder of libraries in LD_LIBRARY_PATH.";
  throw UserError(ExitCode::no_input, library.string() + ": cannot be loaded: " + why + "\n" + advice);
}

void* library = nullptr;

}  // namespace

void* loaded_engine_function(const char* name) { return library ? dlsym(library, name) : nullptr; }

void* engine_function(const char* name) {
  // Where it is gone the libraries would end the program in words of theirs.
  if (std::error_code error; fs::current_path(error).empty())
    throw UserError(ExitCode::no_input, "dlrun: the working folder is gone; change into one that is there");
  const fs::path path = find_engine();
  library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) fail(path);
  void* function = dlsym(library, name);
  if (!function) throw UserError(ExitCode::bug, path.string() + ": has no function " + name + "; build it again.");
  // A reader of stdout that leaves must not end a run of hours.
  std::signal(SIGPIPE, SIG_IGN);
  return function;
}

}  // namespace dlrun
