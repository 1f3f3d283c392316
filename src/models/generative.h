// Networks that make samples from noise, judged by a second network.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "nn/module.h"

namespace dlrun {

// forward(batch) with "input" = latents [B, Z] gives samples. Adversarial tasks train both parts in turn.
struct GenerativeNetwork : Network {
  virtual int64_t latent_size() const = 0;
  // Fresh latents [count, latent_size()] of a standard normal, from ATen's default generator, on the weights' device.
  virtual at::Tensor latent(int64_t count) const = 0;
  virtual SimpleNetwork& generator() = 0;      // latents [B, Z] -> samples shaped like the data; pictures in [-1, 1]
  virtual SimpleNetwork& discriminator() = 0;  // samples -> logits [B, 1]; above 0 means real
};

}  // namespace dlrun
