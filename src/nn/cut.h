// Tensor parallelism: several processes hold one network together, each a part of its large weights (Shoeybi et al.
// 2019, Megatron-LM). A pair of layers is cut as one: the first along its outputs, so that each process computes some
// of the units between them, the second along its inputs, so that the answers are to be added up.

#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "tensor/ranks.h"

namespace dlrun {

// Parameters of a network that are cut alike.
struct CutParameters {
  enum class Along { outputs, inputs };
  std::string match;  // expression on their names in the network
  Along along = Along::outputs;
  int64_t dim = 0;     // the dimension of the parameter that is cut; from the last where it is negative
  int64_t blocks = 1;  // equal parts along it that are cut one by one: queries, keys and values in one matrix
  int64_t units = 0;   // how many things of a block stay whole, heads; 0: every number is by itself
};

struct Cuts {
  std::vector<CutParameters> parameters;  // empty: the network is not cut
  // Expression on names of modules: those that draw random numbers for their part alone (a dropout between the layers
  // of a pair). Others draw for all of what each process computes, alike.
  std::string draws;
};

// What stands around the passes of a module of which this process holds a part. What goes in is the same in every
// process that holds another, or is its own rows; so is what comes out.
class PartPass {
 public:
  virtual ~PartPass() = default;

  template <class Compute, class... Inputs>
  auto around(const Compute& compute, const Inputs&... inputs) const {
    if constexpr (std::is_same_v<std::invoke_result_t<const Compute&, const Inputs&...>, at::Tensor>)
      if (elsewhere()) return instead(first_tensor(inputs...));
    const std::shared_ptr<void> inside = begin();
    return left(compute(entered(inputs)...), inside.get());
  }

 private:
  // Whether another process computes it; then what stands for its answer here.
  virtual bool elsewhere() const { return false; }
  virtual at::Tensor instead(const at::Tensor& input) const { return input; }
  virtual std::shared_ptr<void> begin() const { return nullptr; }  // the pass goes on as long as this lives
  virtual at::Tensor enter(const at::Tensor& input) const { return input; }
  virtual at::Tensor leave(const at::Tensor& output, void* inside) const { return output; }

  static at::Tensor first_tensor() { return {}; }
  template <class... Others>
  static const at::Tensor& first_tensor(const at::Tensor& first, const Others&...) {
    return first;
  }
  template <class First, class... Others>
  static at::Tensor first_tensor(const First&, const Others&...) {
    return {};
  }

  at::Tensor entered(const at::Tensor& input) const { return enter(input); }
  template <class Other>
  const Other& entered(const Other& other) const {
    return other;
  }
  at::Tensor left(const at::Tensor& output, void* inside) const { return leave(output, inside); }
  template <class Other>
  Other left(Other output, void*) const {
    return output;
  }
};

// A layer of a pair: the gradient of what goes in is the sum of those of the parts, or the answer is. `ranks` hold the
// network together. `bias`, of a layer cut along its inputs: its slot, or null.
std::shared_ptr<const PartPass> part_of_pair(CutParameters::Along along, Ranks& ranks, at::Tensor* bias);
// A module between them that draws random numbers for its part.
std::shared_ptr<const PartPass> draws_of_part(int64_t part);

// The part of a parameter that one of `size` processes holds, and the parameter of all parts by rank: dimension `dim`
// of each of `blocks` is cut into `size` equal parts.
at::Tensor part_of(const at::Tensor& whole, int64_t dim, int64_t blocks, int64_t rank, int64_t size);
at::Tensor whole_of(const std::vector<at::Tensor>& parts, int64_t dim, int64_t blocks);

}  // namespace dlrun
