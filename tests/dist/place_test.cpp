// Variables of launchers, good and bad.

#include "dist/place.h"

#include <catch2/catch.hpp>
#include <map>

#include "base/error.h"
#include "dist/variables.h"

namespace dlrun::place_test {

using Catch::Matchers::Contains;

namespace {

using Values = std::map<std::string, std::string>;

Variables of(const Values& values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

// What torchrun sets for rank 1 of 4, two on each machine.
const Values torchrun = {{"RANK", "1"},
                         {"WORLD_SIZE", "4"},
                         {"LOCAL_RANK", "1"},
                         {"LOCAL_WORLD_SIZE", "2"},
                         {"MASTER_ADDR", "node-0"},
                         {"MASTER_PORT", "29400"},
                         {"TORCHELASTIC_RUN_ID", "job"},
                         {"TORCHELASTIC_RESTART_COUNT", "3"},
                         {"TORCHELASTIC_USE_AGENT_STORE", "True"}};

Values with(const std::string& name, const std::string& value) {
  Values values = torchrun;
  values[name] = value;
  return values;
}

Values without(const std::string& name) {
  Values values = torchrun;
  values.erase(name);
  return values;
}

}  // namespace

TEST_CASE("a process that nobody launched is alone") {
  // A profile of the cluster may set where to meet without anybody having been launched.
  for (const Values& values : {Values{}, Values{{"MASTER_ADDR", "node-0"}, {"MASTER_PORT", "29400"}}}) {
    const RankPlace place = find_place(of(values));
    REQUIRE(place.launcher.empty());
    REQUIRE(place.rank == 0);
    REQUIRE(place.size == 1);
    REQUIRE(place.local_size == 1);
    REQUIRE(place.port == 0);
  }
}

TEST_CASE("torchrun's variables are read") {
  const RankPlace place = find_place(of(torchrun));
  REQUIRE(place.launcher == "torchrun");
  REQUIRE(place.rank == 1);
  REQUIRE(place.size == 4);
  REQUIRE(place.local_rank == 1);
  REQUIRE(place.local_size == 2);
  REQUIRE(place.host == "node-0");
  REQUIRE(place.port == 29400);
  REQUIRE_FALSE(place.first_opens);
  REQUIRE(place.attempt == "job/3");
}

TEST_CASE("the five variables alone do: rank 0 opens the meeting place, all ranks are on one machine") {
  const RankPlace place = find_place(of(
      {{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"LOCAL_RANK", "0"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", "1"}}));
  REQUIRE(place.first_opens);
  REQUIRE(place.local_size == 2);
  REQUIRE(find_place(of(with("TORCHELASTIC_USE_AGENT_STORE", "False"))).first_opens);
}

TEST_CASE("one rank of one needs no meeting place") {
  const RankPlace place = find_place(of({{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"LOCAL_RANK", "0"}}));
  REQUIRE(place.launcher == "torchrun");
  REQUIRE(place.size == 1);
  REQUIRE(place.port == 0);
}

namespace {

// Rank 1 of 2 under mpirun.openmpi 4.1.4, and under mpirun.mpich 4.0.2, as they set it.
const Values open_mpi = {{"OMPI_COMM_WORLD_RANK", "1"},       {"OMPI_COMM_WORLD_SIZE", "2"},
                         {"OMPI_COMM_WORLD_LOCAL_RANK", "1"}, {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
                         {"PMIX_NAMESPACE", "896860161"},     {"PMIX_RANK", "1"}};
const Values mpich = {{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}, {"MPI_LOCALRANKID", "1"}, {"MPI_LOCALNRANKS", "2"}};
// Task 3 of srun -N 2 -n 5 of Slurm 22.05: two nodes, the second with two tasks.
const Values slurm = {{"SLURM_JOB_ID", "4711"},
                      {"SLURM_STEP_ID", "0"},
                      {"SLURM_PROCID", "3"},
                      {"SLURM_NTASKS", "5"},
                      {"SLURM_STEP_NUM_TASKS", "5"},
                      {"SLURM_LOCALID", "0"},
                      {"SLURM_NODEID", "1"},
                      {"SLURM_STEP_NODELIST", "gpu[07-08]"},
                      {"SLURM_STEP_TASKS_PER_NODE", "3,2"}};
const Values kubeflow = {{"PET_NNODES", "2"},
                         {"PET_NPROC_PER_NODE", "4"},
                         {"PET_NODE_RANK", "1"},
                         {"PET_MASTER_ADDR", "job-node-0-0.job"},
                         {"PET_MASTER_PORT", "29400"}};
const Values ranks = {{"RANK", "0"},
                      {"WORLD_SIZE", "2"},
                      {"LOCAL_RANK", "0"},
                      {"LOCAL_WORLD_SIZE", "2"},
                      {"MASTER_ADDR", "127.0.0.1"},
                      {"MASTER_PORT", "29400"}};

Values both(Values values, const Values& more) {
  values.insert(more.begin(), more.end());
  return values;
}

Values but(Values values, const std::string& name, const std::string& value) {
  value.empty() ? values.erase(name) : values.insert_or_assign(name, value).second;
  return values;
}

}  // namespace

TEST_CASE("what each launcher says is a place") {
  struct Good {
    Values values;
    std::string launcher;
    int64_t rank, size, local_rank, local_size;
    std::string host;
    uint16_t port;  // 0: one that is derived
    std::string attempt;
  };
  const std::vector<Good> table = {
      {open_mpi, "Open MPI", 1, 2, 1, 2, "127.0.0.1", 0, "mpi 896860161"},
      {both(open_mpi, {{"MASTER_ADDR", "node-7"}, {"MASTER_PORT", "29400"}}), "Open MPI", 1, 2, 1, 2, "node-7", 29400,
       "mpi 896860161"},
      {both(mpich, {{"PMI_JOBID", "a"}}), "MPICH", 1, 2, 1, 2, "127.0.0.1", 0, "mpi a"},
      // Two machines: the first host of Slurm's job, and nothing of Slurm's tasks, which are mpirun's own daemons.
      {both(but(but(open_mpi, "OMPI_COMM_WORLD_LOCAL_SIZE", "1"), "OMPI_COMM_WORLD_LOCAL_RANK", "0"),
            both(slurm, {{"SLURM_JOB_NODELIST", "gpu[07-08]"}})),
       "Open MPI", 1, 2, 0, 1, "gpu07", 0, "mpi 896860161 4711"},
      {slurm, "srun", 3, 5, 0, 2, "gpu07", 0, "slurm 4711.0/0"},
      {both(slurm, {{"SLURM_RESTART_COUNT", "2"}}), "srun", 3, 5, 0, 2, "gpu07", 0, "slurm 4711.0/2"},
      {both(slurm, {{"MASTER_PORT", "1234"}}), "srun", 3, 5, 0, 2, "gpu07", 1234, "slurm 4711.0/0"},
      {but(but(slurm, "SLURM_STEP_TASKS_PER_NODE", "5"), "SLURM_NODEID", "0"), "srun", 3, 5, 0, 5, "127.0.0.1", 0,
       "slurm 4711.0/0"},
      // srun --mpi=pmi2 sets PMI's variables too, without a rank on the machine.
      {both(slurm, {{"PMI_RANK", "3"}, {"PMI_SIZE", "5"}}), "srun", 3, 5, 0, 2, "gpu07", 0, "slurm 4711.0/0"},
      // A job script asked for eight tasks, this step for five.
      {but(slurm, "SLURM_NTASKS", "8"), "srun", 3, 5, 0, 2, "gpu07", 0, "slurm 4711.0/0"},
      {kubeflow, "Kubeflow", 1, 2, 0, 1, "job-node-0-0.job", 29400, ""},
      // Kubeflow's older PyTorchJob sets both.
      {both(kubeflow, {{"RANK", "1"}, {"WORLD_SIZE", "2"}}), "Kubeflow", 1, 2, 0, 1, "job-node-0-0.job", 29400, ""},
      {both(torchrun, both(kubeflow, both(slurm, open_mpi))), "torchrun", 1, 4, 1, 2, "node-0", 29400, "job/3"},
      {both(ranks, both(slurm, open_mpi)), "RANK: is 0", 0, 0, 0, 0, "", 0, ""},
      // srun starts a process on each node, which sets RANK for those it starts itself.
      {both(ranks, slurm), "torchrun", 0, 2, 0, 2, "127.0.0.1", 29400, ""},
  };
  for (const Good& good : table) {
    INFO(good.launcher << " " << good.attempt);
    if (good.size == 0) {
      REQUIRE_THROWS_WITH(find_place(of(good.values)), Contains(good.launcher));
      continue;
    }
    const RankPlace place = find_place(of(good.values));
    CHECK(place.launcher == good.launcher);
    CHECK(place.rank == good.rank);
    CHECK(place.size == good.size);
    CHECK(place.local_rank == good.local_rank);
    CHECK(place.local_size == good.local_size);
    CHECK(place.host == good.host);
    CHECK((good.port ? place.port == good.port : place.port >= 15000 && place.port < 30000));
    CHECK(place.attempt == good.attempt);
  }
}

TEST_CASE("a job script, a shell inside an allocation and a single task are alone") {
  const Values script = {{"SLURM_JOB_ID", "1"}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}, {"SLURM_LOCALID", "0"}};
  CHECK(find_place(of(script)).launcher.empty());
  for (const char* step : {"4294967290", "4294967291"})  // an interactive step, a batch step
    CHECK(find_place(of(but(slurm, "SLURM_STEP_ID", step))).launcher.empty());
  const RankPlace task = find_place(of({{"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}}));
  CHECK(task.launcher == "srun");
  CHECK(task.size == 1);
  CHECK(task.port == 0);
}

TEST_CASE("other jobs and steps meet elsewhere") {
  const uint16_t port = find_place(of(slurm)).port;
  CHECK(find_place(of(slurm)).port == port);
  CHECK(find_place(of(but(slurm, "SLURM_PROCID", "0"))).port == port);
  CHECK(find_place(of(but(slurm, "SLURM_STEP_ID", "1"))).port != port);
  CHECK(find_place(of(but(slurm, "SLURM_JOB_ID", "4712"))).port != port);
  // A job that is started again has the port of before: what of it is left over has other keys.
  CHECK(find_place(of(both(slurm, {{"SLURM_RESTART_COUNT", "1"}}))).port == port);
  CHECK(find_place(of(open_mpi)).port != find_place(of(but(open_mpi, "PMIX_NAMESPACE", "7"))).port);
  CHECK(find_place(of(mpich)).port == find_place(of(but(mpich, "PMI_RANK", "0"))).port);
}

TEST_CASE("the first host of Slurm's lists") {
  CHECK(first_host("vm") == "vm");
  CHECK(first_host("a,b") == "a");
  CHECK(first_host("gpu[07-09,12],login") == "gpu07");
  CHECK(first_host("gpu[12]") == "gpu12");
  CHECK(first_host("gpu[3,5-6]") == "gpu3");
  CHECK(first_host("rack[0-1]node[2-3]") == "rack0node2");
  CHECK(first_host("n[1-2]-ib.cluster,x") == "n1-ib.cluster");
}

TEST_CASE("variables that are missing, no numbers or contradict each other are refused by name") {
  struct Bad {
    Values values;
    std::string key, also;  // the message starts with the one and names the other
  };
  const std::vector<Bad> table = {
      {without("RANK"), "RANK: must be set", "WORLD_SIZE=4"},
      {without("WORLD_SIZE"), "WORLD_SIZE: must be set", "RANK"},
      {without("LOCAL_RANK"), "LOCAL_RANK: must be set", "RANK"},
      {without("MASTER_ADDR"), "MASTER_ADDR: must be set", "WORLD_SIZE"},
      {without("MASTER_PORT"), "MASTER_PORT: must be set", "WORLD_SIZE"},
      {{{"RANK", "0"}}, "WORLD_SIZE: must be set together with RANK=0,", "unset RANK"},
      {{{"LOCAL_RANK", "0"}}, "RANK: must be set together with LOCAL_RANK=0,", "unset LOCAL_RANK"},
      {with("RANK", "one"), "RANK: must be a whole number from 0", "one"},
      {with("RANK", "1.0"), "RANK: must be a whole number", "1.0"},
      {with("RANK", "0x1"), "RANK: must be a whole number", "0x1"},
      {with("RANK", " 1"), "RANK: must be a whole number", " 1"},
      {with("RANK", "-1"), "RANK: must be a whole number", "-1"},
      {with("RANK", "99999999999999999999"), "RANK: must be a whole number", "9999"},
      {with("RANK", "4"), "RANK: must be below WORLD_SIZE (4), got 4", "from 0"},
      {with("WORLD_SIZE", "0"), "WORLD_SIZE: must be a whole number from 1", "got 0"},
      {with("WORLD_SIZE", "1"), "RANK: must be below WORLD_SIZE (1), got 1", ""},
      {with("LOCAL_RANK", "2"), "LOCAL_RANK: must be below LOCAL_WORLD_SIZE (2), got 2", ""},
      {with("LOCAL_RANK", ""), "LOCAL_RANK: must be a whole number", ""},
      {with("LOCAL_WORLD_SIZE", "5"), "LOCAL_WORLD_SIZE: must be at most WORLD_SIZE (4), got 5", ""},
      {with("MASTER_PORT", "0"), "MASTER_PORT: must be a whole number from 1 to 65535, got 0", ""},
      {with("MASTER_PORT", "65536"), "MASTER_PORT: must be a whole number from 1 to 65535", ""},
      {with("TORCHELASTIC_USE_AGENT_STORE", "maybe"), "TORCHELASTIC_USE_AGENT_STORE: must be True or False", "maybe"},
      {with("TORCHELASTIC_RESTART_COUNT", "x"), "TORCHELASTIC_RESTART_COUNT: must be a whole number", "x"},
      {but(open_mpi, "OMPI_COMM_WORLD_SIZE", ""), "OMPI_COMM_WORLD_SIZE: must be set together",
       "OMPI_COMM_WORLD_RANK=1"},
      {but(open_mpi, "OMPI_COMM_WORLD_LOCAL_SIZE", ""), "OMPI_COMM_WORLD_LOCAL_SIZE: must be set together", "SIZE=2"},
      {but(but(open_mpi, "OMPI_COMM_WORLD_LOCAL_SIZE", "1"), "OMPI_COMM_WORLD_LOCAL_RANK", "0"),
       "MASTER_ADDR: must be set, because Open MPI started ranks on several machines", "mpirun -x MASTER_ADDR"},
      {both(but(but(mpich, "MPI_LOCALNRANKS", "1"), "MPI_LOCALRANKID", "0"), {{"MASTER_ADDR", "a"}}),
       "MASTER_PORT: must be set, because MPICH", "PMI_SIZE=2"},
      {but(mpich, "PMI_RANK", "2"), "PMI_RANK: must be below PMI_SIZE (2), got 2", ""},
      {but(slurm, "SLURM_PROCID", ""), "SLURM_PROCID: must be set together with SLURM_STEP_ID=0", "srun sets them all"},
      {but(slurm, "SLURM_STEP_NODELIST", ""), "SLURM_STEP_NODELIST: must be set", "SLURM_PROCID=3"},
      {but(slurm, "SLURM_PROCID", "5"), "SLURM_PROCID: must be below SLURM_STEP_NUM_TASKS (5)", ""},
      {but(slurm, "SLURM_LOCALID", "2"), "SLURM_LOCALID: must be below the tasks of this node (2", "3,2"},
      {but(slurm, "SLURM_NODEID", "2"), "SLURM_STEP_TASKS_PER_NODE: must name as many nodes", "3,2"},
      {but(kubeflow, "PET_NODE_RANK", ""), "PET_NODE_RANK: must be set together", "PET_NNODES=2"},
      {but(kubeflow, "PET_NNODES", ""), "PET_NNODES: must be set together", "PET_NODE_RANK=1"},
      {but(kubeflow, "PET_NNODES", "1:4"), "PET_NNODES: must be one number, got 1:4", ""},
      {but(kubeflow, "PET_NPROC_PER_NODE", "many"), "PET_NPROC_PER_NODE: must be a whole number", "many"},
      {but(kubeflow, "PET_NODE_RANK", "2"), "PET_NODE_RANK: must be below PET_NNODES (2), got 2", ""},
      {but(kubeflow, "PET_MASTER_ADDR", ""), "PET_MASTER_ADDR: must be set together", "PET_NNODES=2"},
      // A job script that exports them once, before srun.
      {both(but(ranks, "WORLD_SIZE", "5"), slurm), "RANK: is 0, but srun says that this is rank 3 of 5", "Unset RANK"},
  };
  for (const Bad& bad : table) {
    INFO(bad.key);
    try {
      find_place(of(bad.values));
      FAIL("accepted");
    } catch (const UserError& error) {
      REQUIRE(error.code() == ExitCode::usage);
      REQUIRE(std::string(error.what()).starts_with(bad.key));
      REQUIRE_THAT(error.what(), Contains(bad.also));
    }
  }
}

TEST_CASE("a variable that is set to nothing counts as not set") {
  setenv("DLRUN_TEST_VARIABLE", "", 1);
  REQUIRE_FALSE(process_variable("DLRUN_TEST_VARIABLE"));
  setenv("DLRUN_TEST_VARIABLE", "x", 1);
  REQUIRE(process_variable("DLRUN_TEST_VARIABLE") == "x");
  unsetenv("DLRUN_TEST_VARIABLE");
}

}  // namespace dlrun::place_test
