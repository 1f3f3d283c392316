"""Results of a TCN made of torch.nn's layers, for tests/models/tcn_test.cpp. Run with torch 2.11."""

import torch
from torch import nn
from torch.nn.utils import weight_norm

from formula import fill, gradients, numbers, store

lengths = torch.tensor([9, 2, 5])


class Block(nn.Module):
    def __init__(self, inputs, outputs, kernel, dilation):
        super().__init__()
        self.cut = (kernel - 1) * dilation
        self.conv1 = weight_norm(nn.Conv1d(inputs, outputs, kernel, padding=self.cut, dilation=dilation))
        self.conv2 = weight_norm(nn.Conv1d(outputs, outputs, kernel, padding=self.cut, dilation=dilation))
        self.downsample = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x):
        y = torch.relu(self.conv1(x)[:, :, : x.shape[2]])
        y = torch.relu(self.conv2(y)[:, :, : x.shape[2]])
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Tcn(nn.Module):
    def __init__(self, inputs, channels, kernel):
        super().__init__()
        sizes = [inputs] + channels
        self.network = nn.Sequential(*[Block(sizes[i], sizes[i + 1], kernel, 2**i) for i in range(len(channels))])

    def forward(self, x):
        return self.network(x)


class Network(nn.Module):
    def __init__(self, inputs, channels, kernel=2):
        super().__init__()
        self.tcn = Tcn(inputs, channels, kernel)
        self.linear = nn.Linear(channels[-1], 4)

    def forward(self, x, lengths=None):
        states = self.tcn(x)
        if lengths is None:
            return self.linear(states[:, :, -1])
        return self.linear(states[torch.arange(len(x)), :, lengths - 1])


cases = {}
for name, network, arguments in (
    ("plain", Network(3, [5, 5, 6]), (numbers((3, 3, 9)),)),
    ("one_channel", Network(1, [4, 4], 3), (numbers((3, 9)).unsqueeze(1),)),
    ("padded", Network(3, [5, 5, 6]), (numbers((3, 9, 3)).transpose(1, 2), lengths)),
):
    fill(network)
    output = network(*arguments)
    cases[name] = {"output": output, "gradients": gradients(network, output)}
store(__file__, cases)
