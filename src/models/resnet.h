// Residual networks (He et al. 2016): what resnet18 and its larger sisters share.

#pragma once

#include <array>
#include <string>
#include <vector>

#include "models/backbone.h"

namespace dlrun {

// Parameter names, shapes, results and (after the same seed) initial weights are torchvision's, so that weights travel
// both ways: conv1.weight, bn1.running_mean, layer1.0.conv1.weight, layer2.0.downsample.0.weight, fc.weight.
struct ResNet : BackboneArchitecture {
  std::string stem = "imagenet";
  std::string norm = "batch";
  bool zero_init_residual = false;
  double dropout = 0.0;
  double drop_path = 0.0;

  std::vector<Field> fields() override;
  // Stages "stem" (before any max pooling) and "layer1" to "layer4".
  std::shared_ptr<Network> build(const Shapes& shapes) const override;
  std::string head_name() const override { return "fc."; }
  std::optional<Reference> reference(const Shapes& shapes, const Network& network) const override;

  // Residual blocks of each of the four stages, and whether they are bottlenecks (1x1, 3x3, 1x1) or two 3x3. `name`
  // is that of torchvision and timm.
  struct Design {
    std::string name;
    std::array<int64_t, 4> blocks;
    bool bottleneck;
  };
  virtual Design design() const = 0;
};

}  // namespace dlrun
