"""What torchvision's resnet18 sees at each stage, for tests/models/backbone_test.cpp. Run with torch 2.11 and
torchvision 0.26."""

import torch
from torch import nn
from torchvision.models import resnet18
from torchvision.models.feature_extraction import create_feature_extractor

from formula import fill, numbers, store, waves


def case(model, x):
    fill(model).eval()
    names = {"relu": "stem", "layer1": "layer1", "layer2": "layer2", "layer3": "layer3", "layer4": "layer4"}
    with torch.no_grad():
        maps = create_feature_extractor(model, names)(x)
        features = create_feature_extractor(model, {"flatten": "features"})(x)["features"]
    found = {name: {"shape": list(map.shape), "norm": map.double().norm().item(),
                    "product": (map.double().flatten() * waves(map.numel(), 1.0)).sum().item()}
             for name, map in maps.items()}
    return {"maps": found, "features": features}


small = resnet18(num_classes=7)
small.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
small.maxpool = nn.Identity()
store(__file__, {
    "imagenet": case(resnet18(num_classes=10), numbers((2, 3, 50, 37))),
    "cifar": case(small, numbers((2, 3, 16, 20))),
})
