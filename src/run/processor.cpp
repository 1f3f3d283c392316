// What Linux, libtorch and the environment say of the processor.

#include "run/processor.h"

#include <ATen/Version.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace dlrun {
namespace {

constexpr const char* settings[] = {"MKL_CBWR",
                                    "MKL_ENABLE_INSTRUCTIONS",
                                    "MKL_DEBUG_CPU_TYPE",
                                    "DNNL_MAX_CPU_ISA",
                                    "ONEDNN_MAX_CPU_ISA",
                                    "DNNL_CPU_ISA_HINTS",
                                    "ONEDNN_CPU_ISA_HINTS",
                                    "DNNL_DEFAULT_FPMATH_MODE",
                                    "ONEDNN_DEFAULT_FPMATH_MODE",
                                    "GLIBC_TUNABLES"};

// The value of the first line "name : value" of /proc/cpuinfo, the first processor's; empty when there is none.
std::string processor_value(const std::string& name) {
  std::ifstream lines("/proc/cpuinfo");
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(':');
    if (!line.starts_with(name) || colon == std::string::npos) continue;
    const size_t start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

// "fma avx f16c avx2" of all flags.
std::string vector_extensions() {
  std::istringstream flags(processor_value("flags"));
  std::string found;
  for (std::string flag; flags >> flag;)
    for (const char* family : {"avx", "amx", "fma", "f16c"})
      if (flag.starts_with(family)) found += (found.empty() ? "" : " ") + flag;
  return found;
}

nlohmann::json read_processor() {
  nlohmann::json result = {{"model", processor_value("model name")},
                           {"extensions", vector_extensions()},
                           {"capability", at::get_cpu_capability()},
                           {"settings", nlohmann::json::object()}};
  for (const char* name : settings)
    if (const char* value = std::getenv(name)) result["settings"][name] = value;
  return result;
}

// In one line, for people.
std::string text_of(const nlohmann::json& processor) {
  std::string text =
      fmt::format("{} ({}; libtorch uses {}", processor.at("model").get<std::string>(),
                  processor.at("extensions").get<std::string>(), processor.at("capability").get<std::string>());
  for (const auto& [name, value] : processor.at("settings").items())
    text += fmt::format("; {}={}", name, value.get<std::string>());
  return text + ")";
}

}  // namespace

const nlohmann::json& describe_processor() {
  static const nlohmann::json processor = read_processor();
  return processor;
}

std::string processor_change(const nlohmann::json& before, const nlohmann::json& now) {
  if (before.is_null() || before == now) return "";
  return fmt::format(
      "--resume: this run was computed on {} and goes on on {}: from here on its numbers may differ in the last bits "
      "from those of a run that was never stopped",
      text_of(before), text_of(now));
}

}  // namespace dlrun
