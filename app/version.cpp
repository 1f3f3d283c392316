// What `dlrun --version` prints.

#include "version.h"

#include <iostream>

#include "base/error.h"
#include "base/terminal.h"
#include "engine.h"
#include "gallery.h"
#include "report/about.h"

namespace dlrun {

int print_version(bool all) {
  std::cout << "dlrun " DLRUN_VERSION "\n";
  if (!all) return 0;
  About about;
  call_engine("dlrun_about", AboutOptions{&about});  // throws where there is none: then nothing more can be told
  const auto line = [](const std::string& name, const std::string& value) {
    std::cout << name << std::string(13 - name.size(), ' ') << visible(value, false) << "\n";
  };
  line("revision", about.revision.empty() ? "unknown (not built from a git tree)" : about.revision);
  line("compiler", about.compiler);
  line("libtorch", about.libtorch + ", " + about.libtorch_file);
  for (const About::Plugin& plugin : about.plugins)
    line("plugin",
         plugin.file + " " + (plugin.problem.empty() ? plugin.does : "(" + plugin.does + "): " + plugin.problem));
  line("onnxruntime", about.onnxruntime.empty() ? "none" : about.onnxruntime);
  for (const std::string& gpu : about.gpus) line("gpu", gpu);
  if (about.gpus.empty()) line("gpu", about.gpu_problem);
  line("recipes", gallery_home() + "/recipes");
  return 0;
}

}  // namespace dlrun
