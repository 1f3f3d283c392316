// Stands in for gloo.cpp in a dlrun that was built without Gloo's headers.

#include "base/error.h"
#include "dist/gloo.h"

namespace dlrun {

std::string gloo_problem() {
  return "This dlrun was built without Gloo, through which several processes exchange gradients. Install its headers "
         "(Debian: libgloo-dev) and build again.";
}

std::unique_ptr<Group> open_gloo(const RankPlace& place, const GroupOptions&) {
  throw UserError(ExitCode::bad_recipe,
                  "WORLD_SIZE: must be 1 here, got " + std::to_string(place.size) + ". " + gloo_problem());
}

void use_backend(Group&, at::Device, const c10::intrusive_ptr<c10d::Backend>&) {}

std::vector<SumTimes> take_sum_times(Group&) { return {}; }

}  // namespace dlrun
