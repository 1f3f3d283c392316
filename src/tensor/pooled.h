// Pooling of images on the CPU, in the memory order in which libtorch is quick.

#pragma once

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace dlrun {

// pool(images) [N, C, H', W'] of images [N, C, H, W], in their memory order. Where nobody differentiates it, it is
// computed with channels beside each other: libtorch then takes eight and more at a time, and one number at a time
// otherwise, which is fifteen times slower for 32 channels.
template <class Pool>
at::Tensor pooled(const at::Tensor& images, const Pool& pool) {
  constexpr int64_t fewest = 8;  // channels for which turning pays
  const bool turn = images.dim() == 4 && images.size(1) >= fewest && images.is_cpu() &&
                    (images.scalar_type() == at::kFloat || images.scalar_type() == at::kDouble) &&
                    !(images.requires_grad() && c10::GradMode::is_enabled()) &&
                    images.suggest_memory_format() != at::MemoryFormat::ChannelsLast;
  if (!turn) return pool(images);
  return pool(images.contiguous(at::MemoryFormat::ChannelsLast)).contiguous();
}

}  // namespace dlrun
