// environment.json by an allow-list.

#include "run/environment.h"

#include <ATen/Parallel.h>
#include <sys/utsname.h>
#include <torch/headeronly/version.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/clock.h"
#include "base/memory.h"
#include "run/processor.h"
#include "run/revision.h"  // Written by the build: scripts/cmake/Revision.cmake.

namespace dlrun {
namespace {

constexpr const char* variables[] = {"OMP_NUM_THREADS",
                                     "OMP_PROC_BIND",
                                     "OMP_PLACES",
                                     "GOMP_CPU_AFFINITY",
                                     "KMP_AFFINITY",
                                     "MKL_NUM_THREADS",
                                     "OPENBLAS_NUM_THREADS",
                                     "ATEN_CPU_CAPABILITY",
                                     "CUDA_VISIBLE_DEVICES",
                                     "CUDA_LAUNCH_BLOCKING",
                                     "CUBLAS_WORKSPACE_CONFIG",
                                     "NVIDIA_TF32_OVERRIDE",
                                     "NCCL_ALGO",
                                     "NCCL_PROTO",
                                     "NCCL_SOCKET_IFNAME",
                                     "RANK",
                                     "WORLD_SIZE",
                                     "LOCAL_RANK",
                                     "SLURM_JOB_ID",
                                     "SLURM_ARRAY_TASK_ID",
                                     "SLURM_JOB_NUM_NODES",
                                     "SLURM_NTASKS",
                                     "SLURM_CPUS_PER_TASK",
                                     "SLURM_RESTART_COUNT"};

// PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
std::string distribution() {
  std::ifstream lines("/etc/os-release");
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("PRETTY_NAME=")) continue;
    line.erase(0, line.find('=') + 1);
    std::erase(line, '"');
    return line;
  }
  return "";
}

}  // namespace

std::string without_user_info(const std::string& text) {
  std::string result = text;
  for (size_t start = 0; (start = result.find("://", start)) != std::string::npos;) {
    start += 3;
    // A password may hold any sign, also '@': everything up to the last one before the path belongs to it.
    size_t end = result.find_first_of("/?# \t\n\"'", start);
    size_t at = result.substr(0, end).rfind('@');
    if (at != std::string::npos && at >= start) result.erase(start, at + 1 - start);
  }
  return result;
}

nlohmann::json describe_environment(const std::vector<std::string>& command) {
  utsname system{};
  uname(&system);
  nlohmann::json result = {
      {"time", utc_now()},
      {"dlrun", {{"version", DLRUN_VERSION}, {"revision", DLRUN_REVISION}, {"compiler", __VERSION__}}},
      {"libtorch", {{"version", TORCH_VERSION}}},
      {"system", {{"name", distribution()}, {"kernel", std::string(system.sysname) + " " + system.release}}},
      {"processor", describe_processor()},
      {"threads", at::get_num_threads()},
      {"memory_bytes", machine_memory()}};
  result["processor"]["architecture"] = system.machine;
  result["processor"]["cores"] = std::thread::hardware_concurrency();
  nlohmann::json& values = result["environment"] = nlohmann::json::object();
  for (const char* name : variables) {
    if (const char* value = getenv(name)) values[name] = without_user_info(value);
  }
  nlohmann::json& words = result["command"] = nlohmann::json::array();
  for (const std::string& word : command) words.push_back(without_user_info(word));
  return result;
}

}  // namespace dlrun
