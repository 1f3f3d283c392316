"""Results of InceptionTime made of torch.nn's layers, for tests/models/inception_time_test.cpp. Run with torch 2.11."""

import torch
from torch import nn

from formula import fill, gradients, numbers, store


class Module(nn.Module):
    def __init__(self, inputs, filters, kernel, bottleneck):
        super().__init__()
        entering = inputs
        self.bottleneck = None
        if bottleneck and inputs > 1:
            entering = bottleneck
            self.bottleneck = nn.Conv1d(inputs, entering, 1, bias=False)
        self.convs = nn.ModuleList(
            nn.Conv1d(entering, filters, (kernel - 1) // 2**i, padding="same", bias=False) for i in range(3)
        )
        self.maxconvpool = nn.Sequential(nn.MaxPool1d(3, 1, 1), nn.Conv1d(inputs, filters, 1, bias=False))
        self.bn = nn.BatchNorm1d(4 * filters, eps=1e-3, momentum=0.01)

    def forward(self, x):
        entering = x if self.bottleneck is None else self.bottleneck(x)
        branches = [convolution(entering) for convolution in self.convs] + [self.maxconvpool(x)]
        return torch.relu(self.bn(torch.cat(branches, 1)))


class Block(nn.Module):
    def __init__(self, inputs, depth, filters, kernel, bottleneck, residual):
        super().__init__()
        width = 4 * filters
        self.inception = nn.ModuleList(
            Module(inputs if i == 0 else width, filters, kernel, bottleneck) for i in range(depth)
        )
        self.shortcut = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(inputs if i == 2 else width, width, 1, bias=False),
                nn.BatchNorm1d(width, eps=1e-3, momentum=0.01),
            )
            for i in range(2, depth, 3)
            if residual
        )

    def forward(self, x):
        around = x
        for i, module in enumerate(self.inception):
            x = module(x)
            if i % 3 == 2 and len(self.shortcut):
                around = x = torch.relu(x + self.shortcut[i // 3](around))
        return x


class Network(nn.Module):
    def __init__(self, inputs, depth=6, filters=3, kernel=9, bottleneck=2, residual=True):
        super().__init__()
        self.inceptionblock = Block(inputs, depth, filters, kernel, bottleneck, residual)
        self.fc = nn.Linear(4 * filters, 4)

    def forward(self, x):
        return self.fc(self.inceptionblock(x).mean(2))


cases = {}
for name, network, x in (
    ("plain", Network(3), numbers((3, 3, 20))),
    ("one_channel", Network(1, depth=4, kernel=12, bottleneck=0), numbers((3, 20)).unsqueeze(1)),
    ("without_shortcuts", Network(2, depth=3, residual=False), numbers((3, 2, 20))),
):
    fill(network)
    output = network(x)
    cases[name] = {"output": output, "gradients": gradients(network, output)}
    cases[name]["eval"] = network.eval()(x)
store(__file__, cases)
