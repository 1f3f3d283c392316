// How long exchanges between processes of this machine take. usage: group_speed [RANKS]
//
// Prints, for the sum of 25 MiB and of 4 bytes of float32, and for 25 MiB whose sums are shared out and that are put
// together again, the median and the least of many. Also runs under torchrun.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "dist/group.h"
#include "dist/local_ranks.h"

namespace {

using namespace dlrun;

void measure(Group& group, const std::string& what, int repeats, const std::function<void()>& exchange) {
  std::vector<double> seconds;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    group.wait_for_all();
    const double start = monotonic_seconds();
    exchange();
    seconds.push_back(monotonic_seconds() - start);
  }
  std::sort(seconds.begin(), seconds.end());
  if (group.rank() > 0) return;
  std::printf("%s: median %.3f ms, least %.3f ms of %d\n", what.c_str(), seconds[seconds.size() / 2] * 1e3,
              seconds.front() * 1e3, repeats);
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
  const int64_t size = group->size(), share = (25 << 18) / size;
  at::Tensor whole = at::zeros({share * size}), mine = at::zeros({share}), one = at::zeros({1});
  const std::string bytes = std::to_string(whole.nbytes()) + " bytes";
  measure(*group, "add of " + bytes, 100, [&] { group->add(whole); });
  measure(*group, "scatter_sums of " + bytes, 100, [&] { group->scatter_sums(whole, mine); });
  measure(*group, "gather of " + bytes, 100, [&] { group->gather(mine, whole); });
  measure(*group, "add of 4 bytes", 10000, [&] { group->add(one); });
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
