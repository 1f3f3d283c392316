// Exchanges of tensors on GPUs: libtorch's NCCL backend, in a plugin that is loaded when several processes compute
// there.

#pragma once

#include <string>

#include "dist/plugins/nccl/functions.h"

namespace dlrun {

// Why several processes cannot compute on GPUs, and what helps; empty when they can. Requires cuda_available().
std::string nccl_problem();

// Requires nccl_problem() to be empty. Throws c10::Error.
c10::intrusive_ptr<c10d::Backend> open_nccl(const NcclPlace& place);

}  // namespace dlrun
