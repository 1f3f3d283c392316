// What the recipe asks for, held against what the launcher did.

#include "dist/machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/child_process.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "dist/gloo.h"
#include "dist/variables.h"

namespace dlrun {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw UserError(ExitCode::bad_recipe, message); }

// Those that this process may use: the driver's files, or what CUDA_VISIBLE_DEVICES leaves of them.
int64_t gpus(const Variables& variables) {
  int64_t count = 0;
  FileSystem& files = FileSystem::instance();
  for (const std::string& name : files.list("/dev"))
    count += name.starts_with("nvidia") && name.size() > 6 &&
             std::all_of(name.begin() + 6, name.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
  if (const auto visible = variables("CUDA_VISIBLE_DEVICES"))
    count = std::min<int64_t>(count, static_cast<int64_t>(split(*visible, ',').size()));
  return count;
}

// How many ranks a launcher's word asks for.
int64_t ranks_of(const std::string& word, const MachineWish& wish, const Variables& variables) {
  if (word != "auto" && word != "cpu" && word != "gpu") {
    const int64_t ranks = whole_number("PET_NPROC_PER_NODE", word, 1, most_ranks);
    if (wish.devices == 1 || wish.devices == ranks) return ranks;
    refuse(
        fmt::format("hardware.devices: must be PET_NPROC_PER_NODE ({}), or 1, got {}. Leave it out: the TrainJob "
                    "decides.",
                    ranks, wish.devices));
  }
  if (wish.devices > 1) return wish.devices;
  const int64_t found = word == "cpu" || (word == "auto" && !wish.gpu) ? 0 : gpus(variables);
  if (word == "gpu" && found == 0)
    refuse("PET_NPROC_PER_NODE: is gpu, and there is no GPU on this machine, or hardware.accelerator is cpu");
  const int64_t ranks = found > 0 ? found : allowed_processors();
  log_info(
      fmt::format("PET_NPROC_PER_NODE={}: {} processes on this machine, one for each {}; hardware.devices would "
                  "decide otherwise",
                  word, ranks, found > 0 ? "GPU" : "processor"));
  return ranks;
}

void require_nodes(const RankPlace& place, int64_t machines, int64_t num_nodes) {
  if (num_nodes == 1 || num_nodes == machines) return;
  refuse(
      fmt::format("hardware.num_nodes: must be the number of machines on which {} started processes ({}), or 1, got "
                  "{}. Leave it out: the launcher decides.",
                  place.launcher, machines, num_nodes));
}

Machine of_launched(const RankPlace& place, int64_t ranks) {
  return {ranks, place.rank, place.size, place.host, place.port, place.attempt, place.decided_by};
}

// Nobody launched this process, and the recipe asks for several machines.
Machine of_node_rank(const MachineWish& wish, const Variables& variables) {
  const VariableSet set(variables, "Whoever starts dlrun on each machine", {"NODE_RANK", "MASTER_ADDR", "MASTER_PORT"});
  if (!set.any())
    refuse(
        fmt::format("hardware.num_nodes: is {}: start dlrun on every machine with NODE_RANK (0 to {}), MASTER_ADDR "
                    "(machine 0) and MASTER_PORT (a free port there), or all of them by srun, torchrun or mpirun; "
                    "none of these variables is set",
                    wish.num_nodes, wish.num_nodes - 1));
  Machine machine;
  machine.ranks = wish.devices;
  machine.count = wish.num_nodes;
  machine.number = set.rank_below("NODE_RANK", "hardware.num_nodes", wish.num_nodes);
  machine.host = set.need("MASTER_ADDR");
  machine.port = static_cast<uint16_t>(set.number("MASTER_PORT", 1, 65535));
  return machine;
}

std::optional<Machine> wanted(const RankPlace& place, const MachineWish& wish, const Variables& variables) {
  if (place.launcher.empty()) {
    if (wish.num_nodes > 1) return of_node_rank(wish, variables);
    return wish.devices > 1 ? std::optional(Machine{.ranks = wish.devices}) : std::nullopt;
  }
  if (!place.ranks_to_start.empty()) {
    require_nodes(place, place.size, wish.num_nodes);
    const int64_t ranks = ranks_of(place.ranks_to_start, wish, variables);
    return ranks * place.size > 1 ? std::optional(of_launched(place, ranks)) : std::nullopt;
  }
  require_nodes(place, place.size / place.local_size, wish.num_nodes);
  if (wish.devices == 1 || wish.devices == place.local_size) return std::nullopt;
  // torchrun is asked for the number of ranks itself.
  if (place.local_size == 1 && place.launcher != "torchrun") return of_launched(place, wish.devices);
  refuse(
      fmt::format("hardware.devices: must be the number of processes that {} started on this machine ({}), or 1, "
                  "got {}. Leave it out: the launcher decides.",
                  place.launcher, place.local_size, wish.devices));
}

}  // namespace

std::optional<Machine> machine_to_start(const RankPlace& place, const MachineWish& wish, const Variables& variables) {
  std::optional<Machine> machine = wanted(place, wish, variables);
  if (machine && !gloo_problem().empty())
    refuse(fmt::format("hardware.devices: must be 1 here, got {}. {}", machine->ranks, gloo_problem()));
  return machine;
}

}  // namespace dlrun
