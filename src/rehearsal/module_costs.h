// What the modules of a network cost, gathered from the operators of a step.

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "rehearsal/rehearsal.h"

namespace dlrun {

// What a step begins with: weights, gradients, optimizer state, the batch. No module keeps these.
inline const std::string held_by_step = "(held)";

class ModuleCosts {
 public:
  // `rows` of the batch go through the network: the dimension that is shown as N.
  ModuleCosts(const Module& network, int64_t rows);
  void see(const TappedCall& call);
  // Bytes that wait for a backward pass, by the module that made them; of several passes the most counts.
  void keep(const std::map<std::string, int64_t>& bytes);
  // In order of registration, the operations those of `passes` passes. Ends this object's use.
  std::vector<ModuleCost> take(int64_t passes);

 private:
  void add(const std::string& path);
  ModuleCost& at(const std::string& path);
  void note_shape(const std::string& path, const at::Tensor& output);

  int64_t rows_;
  std::vector<ModuleCost> costs_;
  std::map<std::string, size_t> index_;
  std::map<std::string, std::pair<int64_t, int64_t>> most_;  // operations and numbers of each main operator
};

}  // namespace dlrun
