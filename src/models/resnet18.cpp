// ResNet-18: eight residual blocks of two 3x3 convolutions (He et al. 2016).

#include "models/resnet.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct ResNet18 final : ResNet {
  Design design() const override { return {.name = "resnet18", .blocks = {2, 2, 2, 2}, .bottleneck = false}; }
};

const Registered<Architecture, ResNet18> resnet18_entry{"resnet18",
                                                        "Residual network of 18 layers, with torchvision's names."};

}  // namespace
}  // namespace dlrun
