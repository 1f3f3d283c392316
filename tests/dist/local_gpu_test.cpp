// Which GPU a process takes, and where there are too few.

#include "dist/local_gpu.h"

#include <catch2/catch.hpp>
#include <map>

#include "base/error.h"
#include "dist/nccl.h"

namespace dlrun::local_gpu_test {
namespace {

RankPlace local(int64_t rank, int64_t size) {
  RankPlace place;
  place.local_rank = rank;
  place.local_size = size;
  place.rank = rank + 8;
  place.size = size + 8;
  return place;
}

Variables with(const std::map<std::string, std::string>& values) {
  return [values](const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

}  // namespace

TEST_CASE("each process of a machine takes the GPU of its number there") {
  for (int64_t rank = 0; rank < 4; ++rank) {
    CHECK(gpu_of(local(rank, 4), 4, with({})) == rank);
    CHECK(gpu_of(local(rank, 4), 8, with({{"CUDA_VISIBLE_DEVICES", "0,1,2,3,4,5,6,7"}})) == rank);
  }
  CHECK(gpu_of(RankPlace{}, 4, with({})) == 0);
}

TEST_CASE("where a launcher shows each process one GPU, it is that") {
  CHECK(gpu_of(local(3, 4), 1, with({{"CUDA_VISIBLE_DEVICES", "3"}})) == 0);
}

TEST_CASE("fewer GPUs than processes are refused") {
  using Catch::Matchers::Message;
  CHECK_THROWS_MATCHES(gpu_of(local(0, 4), 2, with({})), UserError,
                       Message("hardware.devices: 4 processes on this machine need a GPU each, and 2 are there. Give "
                               "hardware.devices=2, or hardware.accelerator=cpu"));
  CHECK_THROWS_MATCHES(gpu_of(local(1, 2), 1, with({})), UserError,
                       Message("hardware.devices: 2 processes on this machine need a GPU each, and 1 is there. Give "
                               "hardware.devices=1, or hardware.accelerator=cpu"));
  CHECK_THROWS_AS(gpu_of(local(2, 4), 2, with({{"CUDA_VISIBLE_DEVICES", "0,1"}})), UserError);
}

TEST_CASE("a NCCL that is not there is named, with what to install") {
  const std::string problem = nccl_problem();
  if (problem.empty()) return;  // where libtorch's CUDA libraries are all installed
  CHECK(problem.find("libdlrun_nccl.so") != std::string::npos);
  CHECK((problem.find("nccl.h") != std::string::npos || problem.find("cannot be loaded") != std::string::npos));
}

}  // namespace dlrun::local_gpu_test
