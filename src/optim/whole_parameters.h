// Optimizers that look at whole parameters.

#pragma once

namespace dlrun {

// Its update of a number depends on others of the same parameter (a norm, a matrix): the flat buffers may not be cut
// anywhere for it.
struct WholeParameters {
  virtual ~WholeParameters() = default;
};

}  // namespace dlrun
