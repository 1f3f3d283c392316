// torchrun and whatever speaks its language; and who is asked first.

#include "dist/place.h"

#include "base/text.h"
#include "dist/variables.h"

namespace dlrun {
namespace {

bool yes_or_no(const std::string& name, const std::string& text) {
  const std::string word = lower(text);
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  refuse_variable(name + ": must be True or False, got " + text + ". A launcher sets this variable.");
}

// A launcher around one that is said to have set RANK for all: a job script that sets it once, before srun or mpirun.
void require_own_rank(const RankPlace& place, const std::optional<RankPlace>& other, const std::string& names) {
  if (!other || other->size != place.size || other->rank == place.rank) return;
  refuse_variable("RANK: is " + std::to_string(place.rank) + ", but " + other->launcher + " says that this is rank " +
                  std::to_string(other->rank) + " of " + std::to_string(other->size) + " (" + names +
                  "). Unset RANK, WORLD_SIZE and LOCAL_RANK before " + other->launcher + ": it knows them better.");
}

// accelerate, Kubeflow's older jobs, a shell that sets the variables itself.
std::optional<RankPlace> place_of_ranks(const Variables& variables) {
  const VariableSet set(variables, "torchrun", {"RANK", "WORLD_SIZE", "LOCAL_RANK"});
  if (!set.any()) return std::nullopt;
  for (const char* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK"}) set.need(name);

  RankPlace place;
  place.launcher = "torchrun";
  place.size = set.number("WORLD_SIZE", 1, most_ranks);
  place.rank = set.rank_below("RANK", "WORLD_SIZE", place.size);
  // One machine, unless it is said otherwise.
  place.local_size = set.number_or("LOCAL_WORLD_SIZE", 1, most_ranks, place.size);
  if (place.local_size > place.size)
    refuse_variable("LOCAL_WORLD_SIZE: must be at most WORLD_SIZE (" + std::to_string(place.size) + "), got " +
                    std::to_string(place.local_size) + ".");
  place.local_rank =
      set.rank_below("LOCAL_RANK", set.has("LOCAL_WORLD_SIZE") ? "LOCAL_WORLD_SIZE" : "WORLD_SIZE", place.local_size);
  require_own_rank(place, place_of_mpi(variables), "OMPI_COMM_WORLD_RANK or PMI_RANK");
  require_own_rank(place, place_of_slurm(variables), "SLURM_PROCID");
  if (place.size == 1) return place;

  place.host = set.need("MASTER_ADDR");
  place.port = static_cast<uint16_t>(set.number("MASTER_PORT", 1, 65535));
  if (const auto text = variables("TORCHELASTIC_USE_AGENT_STORE"))
    place.first_opens = !yes_or_no("TORCHELASTIC_USE_AGENT_STORE", *text);
  if (const auto text = variables("TORCHELASTIC_RUN_ID")) place.attempt = *text;
  if (set.has("TORCHELASTIC_RESTART_COUNT"))
    place.attempt += "/" + std::to_string(set.number("TORCHELASTIC_RESTART_COUNT", 0, INT32_MAX));
  return place;
}

// torchrun itself, and dlrun's own ranks: asked first, because what started it may have left variables of its own.
std::optional<RankPlace> place_of_torchrun(const Variables& variables) {
  return variables("TORCHELASTIC_RUN_ID") ? place_of_ranks(variables) : std::nullopt;
}

using Launcher = std::optional<RankPlace> (*)(const Variables&);
// MPI before Slurm: under Slurm mpirun starts a process on each machine by srun, and the ranks inherit its variables.
constexpr Launcher launchers[] = {place_of_torchrun, place_of_kubeflow, place_of_ranks, place_of_mpi, place_of_slurm};

}  // namespace

RankPlace find_place(const Variables& variables) {
  for (const Launcher launcher : launchers)
    if (const std::optional<RankPlace> place = launcher(variables)) return *place;
  return {};
}

}  // namespace dlrun
