// Open MPI, and MPICH and its kin (Intel MPI, MVAPICH), as launchers alone: nothing of MPI is called. They say who is
// which rank, and not where rank 0 is.

#include <unistd.h>

#include <fstream>
#include <string>

#include "dist/variables.h"

namespace dlrun {
namespace {

struct Names {
  const char *launcher, *rank, *size, *local_rank, *local_size;
  const char* advice;  // how its command line sets a variable everywhere
};

constexpr Names open_mpi = {"Open MPI",
                            "OMPI_COMM_WORLD_RANK",
                            "OMPI_COMM_WORLD_SIZE",
                            "OMPI_COMM_WORLD_LOCAL_RANK",
                            "OMPI_COMM_WORLD_LOCAL_SIZE",
                            "mpirun -x MASTER_ADDR=$(hostname) -x MASTER_PORT=29500"};
constexpr Names mpich = {"MPICH",           "PMI_RANK",
                         "PMI_SIZE",        "MPI_LOCALRANKID",
                         "MPI_LOCALNRANKS", "mpirun -genv MASTER_ADDR $(hostname) -genv MASTER_PORT 29500"};

// What all ranks of one mpirun have in common.
std::string namespace_of(const Variables& variables) {
  for (const char* name : {"PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid", "PMI_JOBID"})
    if (const auto text = variables(name)) return *text;
  return "";
}

// The process that started all ranks of this machine: the nearest one above whose environment has no rank. Between
// them may be shells.
int64_t launcher_process(const std::string& rank) {
  int64_t process = getppid();
  while (process > 1) {
    const std::string folder = "/proc/" + std::to_string(process);
    std::ifstream variables(folder + "/environ"), status(folder + "/status");
    bool has_rank = false;
    for (std::string variable; std::getline(variables, variable, '\0');) has_rank |= variable.starts_with(rank + "=");
    if (!has_rank) break;
    process = 0;  // where it has just ended
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("PPid:")) process = std::stoll(line.substr(5));
  }
  return process;
}

std::optional<RankPlace> place_of(const Names& names, const Variables& variables) {
  const VariableSet set(variables, names.launcher, {names.rank, names.size, names.local_rank, names.local_size});
  if (!set.has(names.rank) && !set.has(names.size)) return std::nullopt;
  RankPlace place;
  place.launcher = names.launcher;
  place.size = set.number(names.size, 1, most_ranks);
  place.rank = set.rank_below(names.rank, names.size, place.size);
  if (place.size == 1) return place;
  place.local_size = set.number(names.local_size, 1, place.size);
  place.local_rank = set.rank_below(names.local_rank, names.local_size, place.local_size);

  const std::string job = namespace_of(variables);
  place.attempt = "mpi " + job;
  if (place.local_size == place.size) {
    if (job.empty()) place.attempt += std::to_string(launcher_process(names.rank));
    meet(variables, "127.0.0.1", std::string(names.launcher) + "'s job", place);
    return place;
  }
  const auto nodes = variables("SLURM_JOB_NODELIST"), number = variables("SLURM_JOB_ID");
  if (nodes && number) {
    place.attempt += " " + *number;
    meet(variables, first_host(*nodes), "SLURM_JOB_NODELIST, SLURM_JOB_ID", place);
    return place;
  }
  for (const char* name : {"MASTER_ADDR", "MASTER_PORT"})
    if (!variables(name))
      refuse_variable(std::string(name) + ": must be set, because " + names.launcher +
                      " started ranks on several machines (" + set.values() +
                      ") and does not say where rank 0 is: " + names.advice + ", from the machine of rank 0.");
  meet(variables, "", "", place);
  return place;
}

}  // namespace

std::optional<RankPlace> place_of_mpi(const Variables& variables) {
  if (auto place = place_of(open_mpi, variables)) return place;
  // srun --mpi=pmi2 speaks PMI too, and knows more.
  if (variables("SLURM_STEP_ID") && !variables(mpich.local_rank)) return std::nullopt;
  return place_of(mpich, variables);
}

}  // namespace dlrun
