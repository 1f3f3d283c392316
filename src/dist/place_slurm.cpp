// Slurm: a task of a step that srun started. A job script and a shell of salloc have most of these variables too, and
// are no tasks.

#include <algorithm>

#include "base/text.h"
#include "dist/variables.h"

namespace dlrun {
namespace {

// Numbers of steps from here on are Slurm's own: batch scripts, interactive shells (slurm.h: SLURM_PENDING_STEP).
constexpr int64_t first_reserved_step = 0xfffffff0;

// Of "2(x3),1", tasks for each node, that of the node with this number.
int64_t tasks_of_node(const std::string& name, const std::string& list, int64_t node) {
  for (const std::string& part : split(list, ',')) {
    const size_t open = part.find("(x");
    const int64_t nodes = open == std::string::npos
                              ? 1
                              : whole_number(name, part.substr(open + 2, part.find(')') - open - 2), 1, most_ranks);
    if (node < nodes) return whole_number(name, part.substr(0, open), 1, most_ranks);
    node -= nodes;
  }
  refuse_variable(name + ": must name as many nodes as there are, got " + list + ". A launcher sets this variable.");
}

}  // namespace

std::string first_host(const std::string& list) {
  std::string host;
  for (size_t at = 0; at < list.size() && list[at] != ',';) {
    if (list[at] != '[') {
      host += list[at++];
      continue;
    }
    // The first of the first range: "[07-09,12]" -> "07".
    const size_t end = list.find_first_of("-,]", at);
    host += list.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    const size_t close = list.find(']', at);
    at = close == std::string::npos ? list.size() : close + 1;
  }
  return host;
}

std::optional<RankPlace> place_of_slurm(const Variables& variables) {
  const VariableSet set(variables, "srun", {"SLURM_STEP_ID", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"});
  if (!set.has("SLURM_STEP_ID")) return std::nullopt;
  const int64_t step = set.number("SLURM_STEP_ID", 0, UINT32_MAX);
  if (step >= first_reserved_step) return std::nullopt;

  RankPlace place;
  place.launcher = "srun";
  // SLURM_NTASKS of a job script outlives it in steps of other sizes.
  const char* const size = set.has("SLURM_STEP_NUM_TASKS") ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS";
  place.size = set.number(size, 1, most_ranks);
  place.rank = set.rank_below("SLURM_PROCID", size, place.size);
  if (place.size == 1) return place;
  place.local_rank = set.rank_below("SLURM_LOCALID", size, place.size);

  const std::string nodes = set.need("SLURM_STEP_NODELIST"), job = set.need("SLURM_JOB_ID");
  const char* const tasks = "SLURM_STEP_TASKS_PER_NODE";
  place.local_size =
      set.has(tasks) ? tasks_of_node(tasks, set.need(tasks), set.number("SLURM_NODEID", 0, most_ranks)) : place.size;
  if (place.local_rank >= place.local_size)
    refuse_variable("SLURM_LOCALID: must be below the tasks of this node (" + std::to_string(place.local_size) +
                    " by " + tasks + "=" + variables(tasks).value_or("") + "), got " +
                    std::to_string(place.local_rank) + ".");
  place.attempt = "slurm " + job + "." + std::to_string(step);
  const bool alone = place.local_size == place.size;
  meet(variables, alone ? "127.0.0.1" : first_host(nodes), "SLURM_STEP_NODELIST, SLURM_JOB_ID, SLURM_STEP_ID", place);
  place.attempt += "/" + std::to_string(set.number_or("SLURM_RESTART_COUNT", 0, INT32_MAX, 0));
  return place;
}

}  // namespace dlrun
