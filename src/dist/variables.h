// Reading launchers' variables: numbers, what must be set together, and how a mistake is told.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dist/place.h"

namespace dlrun {

inline constexpr int64_t most_ranks = 1 << 20;

// Throws UserError(usage).
[[noreturn]] void refuse_variable(const std::string& message);
// Decimal digits alone.
int64_t whole_number(const std::string& name, const std::string& text, int64_t minimum, int64_t maximum);

// The variables of one launcher of which some are set.
class VariableSet {
 public:
  // `setter` as messages name it: "torchrun".
  VariableSet(const Variables& variables, std::string setter, std::vector<std::string> names);
  bool any() const { return !there_.empty(); }
  bool has(const std::string& name) const { return variables_(name).has_value(); }
  // Refused where it is not set, with those that are.
  std::string need(const std::string& name) const;
  int64_t number(const std::string& name, int64_t minimum, int64_t maximum) const;
  // The same where it is set, and `otherwise` where it is not.
  int64_t number_or(const std::string& name, int64_t minimum, int64_t maximum, int64_t otherwise) const;
  // A rank below the number in `limit`, whose variable says how many there are.
  int64_t rank_below(const std::string& name, const std::string& limit_name, int64_t limit) const;
  // "RANK=1, WORLD_SIZE=2"
  std::string values() const;

 private:
  const Variables& variables_;
  std::string setter_;
  std::vector<std::string> there_;
};

// Fills in where ranks meet: at `host`, at a port that comes from place.attempt, which all ranks must share;
// MASTER_ADDR and MASTER_PORT each decide otherwise. `from` is what decides it without them, as messages name it.
void meet(const Variables& variables, const std::string& host, const std::string& from, RankPlace& place);
// A port from what all ranks of a training share and others do not: 15000 to 29999, below those that Linux gives to
// connections.
uint16_t port_of(const std::string& shared);

// One for each launcher: nothing where it did not start this process.
std::optional<RankPlace> place_of_kubeflow(const Variables& variables);
std::optional<RankPlace> place_of_mpi(const Variables& variables);
std::optional<RankPlace> place_of_slurm(const Variables& variables);

// The first host of a list as Slurm writes it: "gpu[07-09,12],login" -> "gpu07".
std::string first_host(const std::string& list);

}  // namespace dlrun
