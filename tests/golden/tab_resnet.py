"""Results of ResNet of rtdl_revisiting_models 0.0.2 for tests/models/tab_resnet_test.cpp. Run with torch 2.11."""

import torch
from rtdl_revisiting_models import ResNet
from torch import nn

from formula import fill, gradients, numbers, store, tokens


class Network(nn.Module):
    """Embeddings beside the numbers, then the package's network, whose names are its own."""

    def __init__(self, n_numbers, kinds, sizes, **options):
        super().__init__()
        if kinds:
            self.embeds = nn.ModuleList(nn.Embedding(count, size) for count, size in zip(kinds, sizes))
        network = ResNet(d_in=n_numbers + sum(sizes), **options)
        for name, child in network.named_children():
            self.add_module(name, child)
        self.run = network.forward

    def forward(self, x, ids):
        if ids:
            x = torch.cat([x] + [table(column) for table, column in zip(self.embeds, ids)], 1)
        return self.run(x)


cases = {}
for name, n_numbers, kinds, sizes, options in [
    ("numbers", 5, [], [], dict(d_out=3, n_blocks=2, d_block=8, d_hidden_multiplier=1.5, dropout1=0.0, dropout2=0.0)),
    ("table", 4, [3, 7], [3, 5],  # 1.6 n^0.56, rounded
     dict(d_out=2, n_blocks=1, d_block=6, d_hidden=10, d_hidden_multiplier=None, dropout1=0.0, dropout2=0.0)),
]:
    network = fill(Network(n_numbers, kinds, sizes, **options)).train()
    x, ids = numbers((6, n_numbers)), [tokens((6,), count) for count in kinds]
    output = network(x, ids)
    cases[name] = {"train": output, "gradients": gradients(network, output)}
    cases[name]["eval"] = network.eval()(x, ids)

torch.manual_seed(7)
cases["drawn"] = ResNet(
    d_in=5, d_out=3, n_blocks=2, d_block=8, d_hidden_multiplier=1.5, dropout1=0.0, dropout2=0.0).output.linear.weight

store(__file__, cases)
