// Whether this process is to start the ranks of its machine, rather than being one.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dist/place.h"

namespace dlrun {

// One machine's part of a training. On every machine one process starts as many ranks; that of machine 0 serves the
// meeting place.
struct Machine {
  int64_t ranks = 1;
  int64_t number = 0;  // of this machine, from 0
  int64_t count = 1;
  std::string host;  // where all ranks meet; empty and 0 with one machine: on its loopback
  uint16_t port = 0;
  std::string attempt;
  std::string decided_by = "MASTER_ADDR, MASTER_PORT";
};

// What a recipe says of it.
struct MachineWish {
  int64_t devices = 1;    // hardware.devices
  int64_t num_nodes = 1;  // hardware.num_nodes
  bool gpu = false;       // GPUs may compute
};

// The machine whose ranks this process starts; nothing where it is itself a rank, or trains alone. It starts them
// - where nobody launched it, by hardware.devices, and with several machines by NODE_RANK, MASTER_ADDR and MASTER_PORT;
// - where a launcher started one process on each machine and the recipe asks for more, or the launcher itself does.
// Throws UserError: bad_recipe where recipe and launcher contradict each other or this dlrun cannot work as several
// processes, usage for variables.
std::optional<Machine> machine_to_start(const RankPlace& place, const MachineWish& wish,
                                        const Variables& variables = process_variable);

}  // namespace dlrun
