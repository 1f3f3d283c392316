// Counters of energy in folders like Linux's, and sums over their turns.

#include "base/energy.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "support.h"

namespace dlrun::energy_test {
namespace {

std::vector<std::string> names_of(const std::vector<EnergyCounter>& counters) {
  std::vector<std::string> names;
  for (const EnergyCounter& counter : counters) names.push_back(counter.name);
  return names;
}

// As of a server of two processors: the parts of one (core, dram), and a counter of the whole machine.
void write_powercap(const test::TempDir& root) {
  root.write("intel-rapl/name", "intel-rapl\n");
  for (const char* package : {"0", "1"}) {
    const std::string folder = std::string("intel-rapl:") + package;
    root.write(folder + "/name", std::string("package-") + package + "\n");
    root.write(folder + "/energy_uj", "5000000\n");
    root.write(folder + "/max_energy_range_uj", "262143328850\n");
    root.write(folder + ":0/name", "core\n");
    root.write(folder + ":0/energy_uj", "1000000\n");
    root.write(folder + ":1/name", "dram\n");
    root.write(folder + ":1/energy_uj", "2000000\n");
    root.write(folder + ":1/max_energy_range_uj", "65712999613\n");
  }
  root.write("intel-rapl:2/name", "psys\n");
  root.write("intel-rapl:2/energy_uj", "9000000\n");
  root.write("intel-rapl-mmio:0/name", "package-0\n");  // the same counter again
  root.write("intel-rapl-mmio:0/energy_uj", "5000000\n");
}

TEST_CASE("processors and their memory are counted once each") {
  const test::TempDir root;
  write_powercap(root);
  const std::vector<EnergyCounter> counters = rapl_counters(root.path());
  CHECK(names_of(counters) == std::vector<std::string>{"RAPL dram of package-0", "RAPL dram of package-1",
                                                       "RAPL package-0", "RAPL package-1"});
  CHECK(counters[0].read() == Approx(2.0));
  CHECK(counters[0].range == Approx(65712.999613));
  CHECK(counters[2].read() == Approx(5.0));
  CHECK(rapl_problem(root.path()).what.empty());

  EnergyMeter meter;
  CHECK_FALSE(meter.known());
  CHECK(meter.joules() == 0.0);
  meter.add(counters);
  CHECK(meter.known());
  CHECK(meter.joules() == 0.0);
  root.write("intel-rapl:0/energy_uj", "12000000\n");
  root.write("intel-rapl:0:1/energy_uj", "2500000\n");
  CHECK(meter.joules() == Approx(7.5));
  root.write("intel-rapl:2/energy_uj", "99000000\n");
  CHECK(meter.joules() == Approx(7.5));
}

TEST_CASE("a counter that begins anew goes on behind its range") {
  const test::TempDir root;
  write_powercap(root);
  root.write("intel-rapl:1/energy_uj", "262143000000\n");
  EnergyMeter meter;
  meter.add(rapl_counters(root.path()));
  root.write("intel-rapl:1/energy_uj", "671150\n");
  CHECK(meter.joules() == Approx(1.0));
  root.write("intel-rapl:1/energy_uj", "1671150\n");
  CHECK(meter.joules() == Approx(2.0));
  root.write("intel-rapl:1/energy_uj", "gone\n");
  CHECK(std::isnan(meter.joules()));
}

TEST_CASE("what there is none of, and what may not be read, is told by its place") {
  const test::TempDir root;
  CHECK(rapl_counters(root / "nothing").empty());
  CHECK(rapl_problem(root / "nothing").what ==
        "the system has no counters of it for the processor (RAPL, in " + root / "nothing" + ")");
  CHECK(rapl_problem(root / "nothing").remedy.empty());
  root.write("intel-rapl:0/name", "package-0\n");
  CHECK(rapl_counters(root.path()).empty());
  CHECK(rapl_problem(root.path()).what == root / "intel-rapl:0/energy_uj" + " cannot be read");
  CHECK_FALSE(rapl_problem(root.path()).remedy.empty());
  CHECK(nvml_counters({"0000:01:00.0"}, "libnothing-of-this-name.so").empty());
  CHECK(nvml_counters({}).empty());
}

TEST_CASE("energy is told in three digits") {
  CHECK(energy_text(0.4) == "0 J");
  CHECK(energy_text(312.4) == "312 J");
  CHECK(energy_text(999.6) == "1 kJ");
  CHECK(energy_text(4561) == "4.56 kJ");
  CHECK(energy_text(1.23e6) == "1.23 MJ (0.342 kWh)");
}

}  // namespace
}  // namespace dlrun::energy_test
