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
};

// The value of a variable; nothing where it is not set.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;
// Those of this process. A variable that is set to nothing counts as not set.
std::optional<std::string> process_variable(const std::string& name);

// The place that the first launcher recognizes whose variables are set; that of a process alone where none is.
// Throws UserError(usage) with their names where variables are missing, are no numbers or contradict each other.
RankPlace find_place(const Variables& variables = process_variable);

}  // namespace dlrun
