"""Results of torchvision's resnet18 for tests/models/resnet18_test.cpp. Run with torch 2.11 and torchvision 0.26."""

import torch
from torch import nn
from torchvision.models import resnet18

from formula import fill, gradients, numbers, store


def case(model, x):
    """Training, so that batch statistics count; then evaluation with the updated running statistics."""
    fill(model)
    output = model(x)
    result = {"train": output, "gradients": gradients(model, output)}
    fill(model)
    with torch.no_grad():
        result["eval"] = model.eval()(x)
    return result


small = resnet18(num_classes=7)
small.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
small.maxpool = nn.Identity()
cases = {
    "imagenet": case(resnet18(num_classes=10), numbers((2, 3, 64, 48))),
    "cifar": case(small, numbers((2, 3, 32, 32))),
}
torch.manual_seed(7)
drawn = resnet18(num_classes=10, zero_init_residual=True).state_dict()
cases["drawn"] = {
    "conv1": drawn["conv1.weight"].flatten()[:16],
    "downsample": drawn["layer3.0.downsample.0.weight"].flatten()[:16],
    "last": drawn["layer4.1.conv2.weight"].flatten()[-16:],
    "fc": drawn["fc.weight"].flatten()[:16],
    "bn2": drawn["layer1.0.bn2.weight"][:4],
}
cases["shapes"] = {name: list(tensor.shape) for name, tensor in drawn.items()}

store(__file__, cases)
