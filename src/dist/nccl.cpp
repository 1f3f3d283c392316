// The NCCL plugin, found and loaded.

#include "dist/nccl.h"

#include <filesystem>

#include "tensor/plugin.h"

namespace dlrun {
namespace {

const Plugin& nccl_plugin() {
  static const Plugin plugin = load_plugin("libdlrun_nccl.so", "dlrun_open_nccl");
  return plugin;
}

}  // namespace

std::string nccl_problem() {
  const Plugin& plugin = nccl_plugin();
  if (!std::filesystem::exists(plugin.path))
    return "This dlrun was built without NCCL, by which GPUs exchange (" + plugin.path +
           " is not there): put nccl.h where the build finds it (pip install nvidia-nccl-cu13, or NVIDIA's "
           "libnccl-dev) and build again.";
  if (!plugin.problem.empty()) return plugin.path + " cannot be loaded: " + plugin.problem + ".";
  return plugin.entry ? "" : plugin.path + " is of another build of dlrun: build it again.";
}

c10::intrusive_ptr<c10d::Backend> open_nccl(const NcclPlace& place) {
  return reinterpret_cast<decltype(&dlrun_open_nccl)>(nccl_plugin().entry)(place);
}

}  // namespace dlrun
