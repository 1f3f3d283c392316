// Which of how many processes this one is, and where they meet: what its launcher tells through variables.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace dlrun {

struct RankPlace {
  std::string launcher;     // who started it, as messages name it; empty: nobody did, it is alone
  int64_t rank = 0;         // of all processes, from 0
  int64_t size = 1;         // how many they are
  int64_t local_rank = 0;   // of those on this machine, from 0
  int64_t local_size = 1;   // how many those are
  std::string host;         // where they meet; empty where size is 1
  uint16_t port = 0;        // 0 where size is 1
  bool first_opens = true;  // rank 0 opens the meeting place; otherwise the launcher did
  std::string attempt;      // differs between the attempts of a launcher that starts ranks again
  // Where it is a part of all ranks: the number that messages give its rank r is first_number + r * stride, and the
  // meeting place is open.
  bool part = false;
  int64_t first_number = 0, stride = 1;

  // What decides host and port, as messages name it.
  std::string decided_by = "MASTER_ADDR, MASTER_PORT";
  // Set where the launcher starts one process on each machine, which is to start the ranks there: how many, as the
  // launcher says it (a number, auto, cpu, gpu). Rank and size are then those of the machines.
  std::string ranks_to_start;

  int64_t number(int64_t rank_of_place) const { return first_number + rank_of_place * stride; }
};

// The value of a variable; nothing where it is not set.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;
// Those of this process. A variable that is set to nothing counts as not set.
std::optional<std::string> process_variable(const std::string& name);

// The place that the first launcher recognizes whose variables are set; that of a process alone where none is. In this
// order: torchrun's own, PET_* (Kubeflow), RANK and the like, MPI's, Slurm's. docs/cluster.md has what each reads.
// Throws UserError(usage) with their names and values where variables are missing, are no numbers or contradict each
// other.
RankPlace find_place(const Variables& variables = process_variable);

}  // namespace dlrun
