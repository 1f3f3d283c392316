// Layers one after the other, named "0", "1", ... as in torch.nn.Sequential.

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nn/layer.h"

namespace dlrun {

class Sequential final : public Layer {
 public:
  // Appends a layer and gives it back. A null pointer is left out and takes no number.
  template <class Added>
  std::shared_ptr<Added> add(std::shared_ptr<Added> layer) {
    if (layer) layers_.push_back(child(std::to_string(layers_.size()), layer));
    return layer;
  }
  template <class Added, class... Arguments>
  std::shared_ptr<Added> add(Arguments&&... arguments) {
    return add(std::make_shared<Added>(std::forward<Arguments>(arguments)...));
  }

  // While training, a batch norm with the relu and the max pooling after it run as one operator where that exists.
  at::Tensor compute(const at::Tensor& input) override;

  const std::vector<std::shared_ptr<Layer>>& layers() const { return layers_; }

 private:
  std::vector<std::shared_ptr<Layer>> layers_;
};

}  // namespace dlrun
