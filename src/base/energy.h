// Electrical energy, by the counters of the machine itself: processors and memory by RAPL (Linux's powercap), GPUs of
// NVIDIA by NVML.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace dlrun {

// A counter of energy that somebody else keeps.
struct EnergyCounter {
  std::string name;              // "RAPL package-0"
  std::function<double()> read;  // joules since an arbitrary moment; NaN where it cannot be read
  double range = 0.0;            // joules after which it begins at 0 again; 0: never
};

// DLRUN_POWERCAP, else /sys/class/powercap.
std::string powercap_folder();

// RAPL's of each processor and of its memory, below `powercap`. What a counter of a processor holds in parts (core,
// uncore) and what holds several (psys) are left out, and so is what this user may not read.
std::vector<EnergyCounter> rapl_counters(const std::string& powercap = powercap_folder());
// The first GPUs that CUDA shows this process, by their places on the PCI bus; none without a driver.
std::vector<std::string> cuda_bus_ids(int64_t count);
// One for each GPU of these places; none where `library` or the counter is not there.
std::vector<EnergyCounter> nvml_counters(const std::vector<std::string>& ids,
                                         const std::string& library = "libnvidia-ml.so.1");

// Why there are no counters of processors, and what to do, in a sentence each; empty where there are some.
struct EnergyProblem {
  std::string what, remedy;
};
EnergyProblem rapl_problem(const std::string& powercap = powercap_folder());

std::string energy_text(double joules);  // "312 J", "4.56 kJ", "1.23 MJ (0.342 kWh)"

// What counters count from now on. The counters of processors are of the whole machine, whoever computes there.
class EnergyMeter {
 public:
  void add(std::vector<EnergyCounter> counters);  // counted from now on
  bool known() const { return !counters_.empty(); }
  std::vector<std::string> sources() const;
  // Reads the counters where that is long ago, so that none goes around unseen; to be called after every step.
  void look();
  // Since the beginning, all together. A counter that cannot be read any more takes all of it away: NaN.
  double joules();

 private:
  void read();
  std::vector<EnergyCounter> counters_;
  std::vector<double> last_;  // of each counter, when it was read last
  double sum_ = 0.0, read_at_ = 0.0;
};

}  // namespace dlrun
