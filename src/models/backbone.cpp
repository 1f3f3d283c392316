// What backbones share.

#include "models/backbone.h"

namespace dlrun {

void renew(Linear& layer, int64_t outputs) {
  const at::Device device = layer.weight.device();
  const Linear fresh(layer.weight.size(1), outputs, layer.bias.defined());
  const auto place = [&](at::Tensor& slot, const at::Tensor& drawn) {
    if (!slot.defined()) return;
    slot = drawn.detach().to(device);
    slot.set_requires_grad(true);
  };
  place(layer.weight, fresh.weight);
  place(layer.bias, fresh.bias);
}

}  // namespace dlrun
