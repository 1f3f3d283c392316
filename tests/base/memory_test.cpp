// How much a process may take: the least limit of its control groups and all around them.

#include "base/memory.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <string>

#include "support.h"

namespace dlrun::memory_test {
namespace {

TEST_CASE("the least limit up the tree of control groups counts, in both versions") {
  test::TempDir root;
  const std::string top = root.path().string();
  root.write("memory.max", "max\n");
  root.write("jobs/memory.max", "4000000000\n");
  root.write("jobs/one/memory.max", "max\n");
  root.write("jobs/two/memory.max", "1000000000\n");
  CHECK(control_group_limit(top, "0::/jobs/one\n") == 4000000000);
  CHECK(control_group_limit(top, "0::/jobs/two\n") == 1000000000);
  CHECK(control_group_limit(top, "0::/jobs/two/deeper/still\n") == 1000000000);
  CHECK(control_group_limit(top, "0::/\n") == 0);
  CHECK(control_group_limit(top, "0::/not/mounted/here\n") == 0);
  root.write("memory/memory.limit_in_bytes", "9223372036854771712\n");
  root.write("memory/batch/memory.limit_in_bytes", "3000000000\n");
  root.write("memory/batch/a/memory.limit_in_bytes", "9223372036854771712\n");
  const std::string groups = "12:cpu,cpuacct:/other\n4:memory:/batch/a\n";
  CHECK(control_group_limit(top, groups) == 3000000000);
  CHECK(control_group_limit(top, groups + "0::/jobs/two\n") == 1000000000);
  CHECK(control_group_limit(top, "12:cpu,cpuacct:/batch\n") == 0);
  CHECK(control_group_limit(top, "") == 0);
  CHECK(control_group_limit(top, "no such line\n\n:") == 0);
}

TEST_CASE("a limit on the address space is a limit on memory") {
  rlimit old;
  REQUIRE(getrlimit(RLIMIT_AS, &old) == 0);
  rlimit less = old;
  less.rlim_cur = rlim_t{1} << 46;  // enough for everything else in this process
  if (old.rlim_cur != RLIM_INFINITY && old.rlim_cur < less.rlim_cur) return test::skip("a lower limit is set");
  const int64_t before = machine_memory();
  CHECK(before > 0);
  CHECK(before < int64_t{1} << 46);
  REQUIRE(setrlimit(RLIMIT_DATA, &less) == 0);
  CHECK(machine_memory() == before);
  REQUIRE(setrlimit(RLIMIT_DATA, &old) == 0);
}

}  // namespace
}  // namespace dlrun::memory_test
