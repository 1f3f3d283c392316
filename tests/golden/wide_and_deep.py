"""A wide and deep network in torch for tests/models/wide_and_deep_test.cpp, and one in mlp's names. Run with torch 2.11."""

import torch
from torch import nn

from formula import fill, gradients, numbers, store, tokens


class Wide(nn.Module):
    def __init__(self, kinds, crosses, outputs):
        super().__init__()
        self.kinds, self.pairs = kinds, crosses
        self.columns = nn.ModuleList(nn.Embedding(count, outputs) for count in kinds)
        self.crosses = nn.ModuleList(nn.Embedding(kinds[a] * kinds[b], outputs) for a, b in crosses)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, ids):
        whole = self.bias + sum(table(column) for table, column in zip(self.columns, ids))
        for table, (a, b) in zip(self.crosses, self.pairs):
            whole = whole + table(ids[a] * self.kinds[b] + ids[b])
        return whole


class Deep(nn.Module):
    def __init__(self, n_numbers, kinds, sizes, outputs, bias):
        super().__init__()
        self.embeds = nn.ModuleList(nn.Embedding(count, size) for count, size in zip(kinds, sizes))
        self.layers = nn.Sequential(
            nn.Linear(n_numbers + sum(sizes), 8), nn.ReLU(), nn.Dropout(0.0), nn.Linear(8, outputs, bias=bias))

    def forward(self, x, ids):
        return self.layers(torch.cat([x] + [table(column) for table, column in zip(self.embeds, ids)], 1))


class WideAndDeep(nn.Module):
    def __init__(self, n_numbers, kinds, sizes, crosses, outputs):
        super().__init__()
        self.wide = Wide(kinds, crosses, outputs)
        self.deep = Deep(n_numbers, kinds, sizes, outputs, False)

    def forward(self, x, ids):
        return self.wide(ids) + self.deep(x, ids)


kinds = [3, 7, 4]
x, ids = numbers((6, 4)), [tokens((6,), count) for count in kinds]
cases = {}
for name, network in {
    "crossed": WideAndDeep(4, kinds, [2, 2, 2], [(0, 1), (2, 0)], 2),
    "mlp": Deep(4, kinds, [3, 5, 3], 2, True),  # 1.6 n^0.56, rounded
}.items():
    output = fill(network)(x, ids)
    cases[name] = {"output": output, "gradients": gradients(network, output)}

store(__file__, cases)
