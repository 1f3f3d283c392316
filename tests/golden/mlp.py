"""Results of torchvision.ops.MLP for tests/models/mlp_test.cpp. Run with torch 2.11 and torchvision 0.26."""

import torch
from torch import nn
from torchvision.ops import MLP

from formula import fill, gradients, numbers, store


class Network(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.layers = MLP(12, [8, 6, 5], **options)

    def forward(self, x):
        return self.layers(x.flatten(1))


cases = {}
for name, options in {
    "plain": dict(),
    "batch": dict(norm_layer=nn.BatchNorm1d, activation_layer=nn.LeakyReLU),
    "layer": dict(norm_layer=nn.LayerNorm, activation_layer=lambda inplace=None: nn.GELU(), bias=False),
}.items():
    network = fill(Network(**options))
    output = network(numbers((4, 3, 2, 2)))
    cases[name] = {"output": output, "gradients": gradients(network, output)}

torch.manual_seed(7)
cases["drawn"] = Network().layers[3].weight

store(__file__, cases)
