// Kubeflow's TrainJob: one pod for each machine, told by PET_* how many processes to start. They are the variables that
// torchrun would read in place of its options.

#include "base/text.h"
#include "dist/variables.h"

namespace dlrun {

std::optional<RankPlace> place_of_kubeflow(const Variables& variables) {
  const VariableSet set(variables, "A TrainJob", {"PET_NNODES", "PET_NPROC_PER_NODE", "PET_NODE_RANK"});
  if (!set.any()) return std::nullopt;
  const std::string machines = set.need("PET_NNODES");
  if (machines.find(':') != std::string::npos)
    refuse_variable("PET_NNODES: must be one number, got " + machines +
                    ": dlrun keeps the number of machines from its start to its end.");
  RankPlace place;
  place.launcher = "Kubeflow";
  place.size = whole_number("PET_NNODES", machines, 1, most_ranks);
  place.ranks_to_start = lower(set.need("PET_NPROC_PER_NODE"));
  if (place.ranks_to_start != "auto" && place.ranks_to_start != "cpu" && place.ranks_to_start != "gpu")
    whole_number("PET_NPROC_PER_NODE", place.ranks_to_start, 1, most_ranks);
  place.rank = set.rank_below("PET_NODE_RANK", "PET_NNODES", place.size);
  if (place.size == 1) return place;
  place.host = set.need("PET_MASTER_ADDR");
  place.port = static_cast<uint16_t>(set.number("PET_MASTER_PORT", 1, 65535));
  place.decided_by = "PET_MASTER_ADDR, PET_MASTER_PORT";
  return place;
}

}  // namespace dlrun
