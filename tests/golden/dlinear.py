"""Results of DLinear made of torch.nn's layers, for tests/models/dlinear_test.cpp. Run with torch 2.11."""

import torch
from torch import nn

from formula import fill, gradients, numbers, store


class Network(nn.Module):
    def __init__(self, channels, steps, horizon, kernel, individual):
        super().__init__()
        self.kernel = kernel
        if individual:
            self.Linear_Seasonal = nn.ModuleList(nn.Linear(steps, horizon) for _ in range(channels))
            self.Linear_Trend = nn.ModuleList(nn.Linear(steps, horizon) for _ in range(channels))
        else:
            self.Linear_Seasonal, self.Linear_Trend = nn.Linear(steps, horizon), nn.Linear(steps, horizon)

    def forward(self, x):
        side = (self.kernel - 1) // 2
        padded = torch.cat([x[:, :, :1].repeat(1, 1, side), x, x[:, :, -1:].repeat(1, 1, side)], 2)
        trend = nn.functional.avg_pool1d(padded, self.kernel, 1)
        rest = x - trend
        if isinstance(self.Linear_Trend, nn.Linear):
            return self.Linear_Seasonal(rest) + self.Linear_Trend(trend)
        pairs = zip(self.Linear_Seasonal, self.Linear_Trend)
        return torch.stack([a(rest[:, i]) + b(trend[:, i]) for i, (a, b) in enumerate(pairs)], 1)


cases = {}
for name, network, x in (
    ("shared", Network(3, 12, 5, 5, False), numbers((2, 3, 12))),
    ("individual", Network(3, 12, 5, 25, True), numbers((2, 3, 12))),
    ("one_channel", Network(1, 12, 5, 1, False), numbers((2, 1, 12))),
):
    fill(network)
    output = network(x)
    cases[name] = {"output": output, "gradients": gradients(network, output)}
store(__file__, cases)
