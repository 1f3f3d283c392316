// Parameters that are computed from others: weights under a norm.

#pragma once

#include "nn/module.h"

namespace dlrun {

// What a module's parameter is computed from (Module::parametrize). Its own parameters learn and its buffers are kept,
// under torch.nn.utils.parametrize's names behind those of the module: parametrizations.weight.original.
class Parametrization : public Module {
 public:
  // The parameter as it follows from what is there now: once at the start of each pass. While training() the state may
  // move on. On `meta` too.
  virtual at::Tensor value() = 0;
};

// All parameters of a module are plain ones, in the place of what they are computed from, for as long as this lives:
// what other programs load.
class PlainParameters {
 public:
  explicit PlainParameters(Module& module) : baked_(module.bake()) {}
  ~PlainParameters() {
    for (auto one = baked_.rbegin(); one != baked_.rend(); ++one) one->module->parametrize(one->name, one->from);
  }
  PlainParameters(const PlainParameters&) = delete;
  PlainParameters& operator=(const PlainParameters&) = delete;

 private:
  std::vector<Module::Baked> baked_;
};

}  // namespace dlrun
