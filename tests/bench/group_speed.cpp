// How long exchanges between processes of this machine take. usage: group_speed [RANKS]
//
// Prints, for the sum of 25 MiB and of 4 bytes of float32, the median and the least of many. Also runs under torchrun.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "dist/group.h"
#include "dist/local_ranks.h"

namespace {

using namespace dlrun;

void measure(Group& group, int64_t elements, int repeats) {
  at::Tensor tensor = at::zeros({elements});
  std::vector<double> seconds;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    group.wait_for_all();
    const double start = monotonic_seconds();
    group.add(tensor);
    seconds.push_back(monotonic_seconds() - start);
  }
  std::sort(seconds.begin(), seconds.end());
  if (group.rank() > 0) return;
  std::printf("add of %lld bytes: median %.3f ms, least %.3f ms of %d\n", static_cast<long long>(elements * 4),
              seconds[seconds.size() / 2] * 1e3, seconds.front() * 1e3, repeats);
}

int run(int64_t ranks) {
  const RankPlace place = find_place();
  if (const auto machine = machine_to_start(place, {.devices = place.launcher.empty() ? ranks : 1}))
    return start_local_ranks({.machine = *machine, .arguments = own_arguments()}).code;
  at::set_num_threads(1);
  const double start = monotonic_seconds();
  const std::unique_ptr<Group> group = open_group(place);
  if (group->rank() == 0)
    std::printf("%lld ranks met in %.3f s\n", static_cast<long long>(group->size()), monotonic_seconds() - start);
  measure(*group, 25 << 18, 100);
  measure(*group, 1, 10000);
  group->wait_for_all();
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(count > 1 ? std::atoll(arguments[1]) : 2);
  } catch (const UserError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.code());
  }
}
