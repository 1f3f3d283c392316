// What control groups grant of the processors.

#include "base/control_groups.h"

#include <catch2/catch.hpp>

#include "support.h"

namespace dlrun::control_groups_test {
namespace {

TEST_CASE("the least share of processors up the tree of control groups counts, in both versions") {
  test::TempDir root;
  const std::string top = root.path().string();
  root.write("cpu.max", "max 100000\n");
  root.write("jobs/cpu.max", "400000 100000\n");
  root.write("jobs/one/cpu.max", "150000 100000\n");
  root.write("jobs/two/cpu.max", "max 100000\n");
  CHECK(control_group_processors(top, "0::/jobs/one\n") == 1.5);
  CHECK(control_group_processors(top, "0::/jobs/two/deeper\n") == 4.0);
  CHECK(control_group_processors(top, "0::/\n") == 0.0);
  CHECK(control_group_processors(top, "") == 0.0);
  root.write("cpu/cpu.cfs_quota_us", "-1\n");
  root.write("cpu/cpu.cfs_period_us", "100000\n");
  root.write("cpu/batch/cpu.cfs_quota_us", "200000\n");
  root.write("cpu/batch/cpu.cfs_period_us", "100000\n");
  CHECK(control_group_processors(top, "4:cpu,cpuacct:/batch\n") == 2.0);
  CHECK(control_group_processors(top, "4:cpu,cpuacct:/other\n") == 0.0);
  CHECK(control_group_processors(top, "4:memory:/batch\n") == 0.0);
}

}  // namespace
}  // namespace dlrun::control_groups_test
