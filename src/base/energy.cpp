// Counters of powercap and NVML, and what is done where they begin anew.

#include "base/energy.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "base/clock.h"

namespace dlrun {
namespace {

namespace fs = std::filesystem;

constexpr double joules_of_microjoules = 1e-6, joules_of_millijoules = 1e-3;
constexpr double seconds_between_looks = 10.0;  // a counter of 262 kJ goes around in 11 minutes at 400 W

std::string first_line(const fs::path& file) {
  std::ifstream lines(file);
  std::string line;
  std::getline(lines, line);
  return line;
}

double number_in(const fs::path& file) {
  double number = 0.0;
  return std::ifstream(file) >> number ? number : std::nan("");
}

// Folders of processors and of their memory, by their names: "intel-rapl:0" is "package-0", "intel-rapl:0:1" "dram".
std::map<std::string, fs::path> rapl_zones(const std::string& powercap) {
  std::map<std::string, fs::path> packages, zones;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(powercap, error))
    if (const std::string folder = entry.path().filename(); folder.starts_with("intel-rapl:"))
      if (const std::string name = first_line(entry.path() / "name"); name.starts_with("package"))
        packages[folder] = entry.path();
  for (const auto& [folder, path] : packages) {
    const std::string package = first_line(path / "name");
    zones[package] = path;
    for (const fs::directory_entry& entry : fs::directory_iterator(powercap, error))
      if (entry.path().filename().string().starts_with(folder + ":") && first_line(entry.path() / "name") == "dram")
        zones["dram of " + package] = entry.path();
  }
  return zones;
}

// A library that is loaded by its name, where it is.
struct Loaded {
  explicit Loaded(const char* name) : library(dlopen(name, RTLD_NOW | RTLD_LOCAL)) {}
  template <class F>
  F function(const char* name) const {
    return library ? reinterpret_cast<F>(dlsym(library, name)) : nullptr;
  }
  void* library;  // stays loaded
};

}  // namespace

std::string powercap_folder() {
  const char* folder = std::getenv("DLRUN_POWERCAP");
  return folder && *folder ? folder : "/sys/class/powercap";
}

std::vector<EnergyCounter> rapl_counters(const std::string& powercap) {
  std::vector<EnergyCounter> counters;
  for (const auto& [name, path] : rapl_zones(powercap)) {
    const auto read = [file = path / "energy_uj"] { return joules_of_microjoules * number_in(file); };
    const double range = number_in(path / "max_energy_range_uj");
    if (!std::isnan(read()))
      counters.push_back({"RAPL " + name, read, std::isnan(range) ? 0.0 : joules_of_microjoules * range});
  }
  return counters;
}

EnergyProblem rapl_problem(const std::string& powercap) {
  if (!rapl_counters(powercap).empty()) return {};
  const std::map<std::string, fs::path> zones = rapl_zones(powercap);
  if (zones.empty()) return {"the system has no counters of it for the processor (RAPL, in " + powercap + ")", ""};
  return {zones.begin()->second.string() + "/energy_uj cannot be read",
          "for energy in reports: chmod a+r on it, as root"};
}

std::vector<std::string> cuda_bus_ids(int64_t count) {
  std::vector<std::string> ids;
  const Loaded driver("libcuda.so.1");
  const auto initialize = driver.function<int (*)(unsigned)>("cuInit");
  const auto device_of = driver.function<int (*)(int*, int)>("cuDeviceGet");
  const auto bus_of = driver.function<int (*)(char*, int, int)>("cuDeviceGetPCIBusId");
  if (!initialize || !device_of || !bus_of || initialize(0) != 0) return ids;
  for (int64_t i = 0; i < count; ++i) {
    int device = 0;
    char id[32] = {};
    if (device_of(&device, static_cast<int>(i)) == 0 && bus_of(id, sizeof id, device) == 0) ids.emplace_back(id);
  }
  return ids;
}

std::vector<EnergyCounter> nvml_counters(const std::vector<std::string>& ids, const std::string& library) {
  std::vector<EnergyCounter> counters;
  if (ids.empty()) return counters;
  using Device = void*;  // https://docs.nvidia.com/deploy/nvml-api
  const Loaded nvml(library.c_str());
  const auto initialize = nvml.function<int (*)()>("nvmlInit_v2");
  const auto by_bus = nvml.function<int (*)(const char*, Device*)>("nvmlDeviceGetHandleByPciBusId_v2");
  const auto energy = nvml.function<int (*)(Device, unsigned long long*)>("nvmlDeviceGetTotalEnergyConsumption");
  if (!initialize || !by_bus || !energy || initialize() != 0) return counters;
  for (const std::string& id : ids) {
    Device device = nullptr;
    if (by_bus(id.c_str(), &device) != 0) continue;
    const auto read = [energy, device] {
      unsigned long long millijoules = 0;
      return energy(device, &millijoules) == 0 ? joules_of_millijoules * static_cast<double>(millijoules)
                                               : std::nan("");
    };
    if (!std::isnan(read())) counters.push_back({"NVML " + id, read, 0.0});
  }
  return counters;
}

std::string energy_text(double joules) {
  if (joules < 999.5) return fmt::format("{:.0f} J", joules);
  if (joules < 999.5e3) return fmt::format("{:.3g} kJ", joules / 1e3);
  return fmt::format("{:.3g} MJ ({:.3g} kWh)", joules / 1e6, joules / 3.6e6);
}

void EnergyMeter::add(std::vector<EnergyCounter> counters) {
  if (!known()) read_at_ = monotonic_seconds();
  for (EnergyCounter& counter : counters) {
    last_.push_back(counter.read());
    counters_.push_back(std::move(counter));
  }
}

std::vector<std::string> EnergyMeter::sources() const {
  std::vector<std::string> names;
  for (const EnergyCounter& counter : counters_) names.push_back(counter.name);
  return names;
}

void EnergyMeter::look() {
  if (known() && monotonic_seconds() - read_at_ >= seconds_between_looks) read();
}

double EnergyMeter::joules() {
  read();
  return sum_;
}

void EnergyMeter::read() {
  read_at_ = monotonic_seconds();
  for (size_t i = 0; i < counters_.size(); ++i) {
    const double now = counters_[i].read();
    const double more = now - last_[i];
    sum_ += more < 0.0 ? more + counters_[i].range : more;
    last_[i] = now;
  }
}

}  // namespace dlrun
