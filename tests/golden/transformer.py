"""Results of torch.nn.TransformerEncoder for tests/models/transformer_test.cpp. Run with torch 2.11."""

import math

import torch
from torch import nn

from formula import fill, gradients, numbers, store, tokens

lengths = torch.tensor([7, 2, 5])


def sines(length, width):
    """The positions of Vaswani et al. 2017, as PyTorch's tutorial on language models writes them."""
    position = torch.arange(length).unsqueeze(1)
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    table = torch.zeros(length, width)
    table[:, 0::2] = torch.sin(position * rates)
    table[:, 1::2] = torch.cos(position * rates)
    return table


class Network(nn.Module):
    def __init__(self, pool, positions="sinusoidal", vocabulary=11, final_norm=False, places=9, **options):
        super().__init__()
        self.pool, self.kind = pool, positions
        if vocabulary:
            self.embedding = nn.Embedding(vocabulary, 8)
        else:
            self.projection = nn.Linear(4, 8)
        if positions == "learned":
            self.positions = nn.Embedding(places, 8)
        if pool == "cls":
            self.cls = nn.Parameter(torch.empty(8))
        layer = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, batch_first=True, **options)
        norm = nn.LayerNorm(8, eps=options.get("layer_norm_eps", 1e-5)) if final_norm else None
        self.encoder = nn.TransformerEncoder(layer, 2, norm=norm)
        self.fc = nn.Linear(8, 3)

    def forward(self, x, lengths=None, causal=False):
        x = self.embedding(x) if hasattr(self, "embedding") else self.projection(x)
        if self.pool == "cls":
            x = torch.cat([self.cls.expand(len(x), 1, 8), x], 1)
            lengths = None if lengths is None else lengths + 1
        if self.kind == "sinusoidal":
            x = x + sines(x.shape[1], 8)
        elif self.kind == "learned":
            x = x + self.positions.weight[: x.shape[1]]
        padding = None if lengths is None else torch.arange(x.shape[1]) >= lengths[:, None]
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1]).isinf() if causal else None
        states = self.encoder(x, mask=mask, src_key_padding_mask=padding)
        if self.pool == "positions":
            # What torch's fast path leaves behind the end differs from what its slow path does.
            return self.fc(states) if padding is None else self.fc(states).masked_fill(padding[..., None], 0.0)
        if self.pool == "cls":
            return self.fc(states[:, 0])
        if padding is None:
            return self.fc({"mean": states.mean(1), "max": states.amax(1), "last": states[:, -1]}[self.pool])
        if self.pool == "last":
            return self.fc(states[torch.arange(len(x)), lengths - 1])
        if self.pool == "max":
            return self.fc(states.masked_fill(padding[..., None], -math.inf).amax(1))
        return self.fc(states.masked_fill(padding[..., None], 0.0).sum(1) / lengths[:, None])


words, series = tokens((3, 7), 11), numbers((3, 7, 4))
cases = {}
for name, network, arguments in (
    ("plain", Network("mean"), (words,)),
    ("padded", Network("mean", activation="gelu"), (words, lengths)),
    ("cls", Network("cls", "learned", norm_first=True, final_norm=True), (words, lengths)),
    ("max", Network("max", "none", bias=True, layer_norm_eps=1e-2), (words, lengths)),
    ("numbers", Network("last", vocabulary=0), (series,)),
    ("numbers_padded", Network("last", "learned", vocabulary=0, norm_first=True), (series, lengths)),
    ("positions", Network("positions"), (words, lengths)),
    ("causal", Network("positions"), (words, None, True)),
):
    fill(network)
    output = network(*arguments)
    cases[name] = {"output": output, "gradients": gradients(network, output)}
    with torch.no_grad():
        cases[name]["eval"] = network.eval()(*arguments)
torch.manual_seed(7)
layer = nn.TransformerEncoderLayer(8, 2, 12)
cases["drawn"] = torch.cat([parameter.detach().flatten() for parameter in layer.parameters()])[::7]
store(__file__, cases)
