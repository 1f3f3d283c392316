"""Weights that torch.nn and torch.nn.init draw after torch.manual_seed(7), for tests/nn. Run with torch 2.11."""

import json
import pathlib

import torch
from torch import nn


def drawn(make):
    torch.manual_seed(7)
    result = make()
    tensors = result.parameters() if isinstance(result, nn.Module) else [result]
    return [tensor.detach().double().flatten().tolist() for tensor in tensors]


def weight():
    return torch.empty(6, 4, 3, 2)


cases = {
    "linear": drawn(lambda: nn.Linear(5, 4)),
    "conv2d": drawn(lambda: nn.Conv2d(4, 6, 3, groups=2)),
    "conv_transpose2d": drawn(lambda: nn.ConvTranspose2d(4, 6, 3, groups=2)),
    "embedding": drawn(lambda: nn.Embedding(7, 3)),
    "kaiming_uniform": drawn(lambda: nn.init.kaiming_uniform_(weight(), nonlinearity="relu")),
    "kaiming_normal": drawn(lambda: nn.init.kaiming_normal_(weight(), nonlinearity="relu")),
    "kaiming_normal_out": drawn(lambda: nn.init.kaiming_normal_(weight(), mode="fan_out", nonlinearity="relu")),
    "xavier_uniform": drawn(lambda: nn.init.xavier_uniform_(weight())),
    "xavier_normal": drawn(lambda: nn.init.xavier_normal_(weight())),
    "trunc_normal": drawn(lambda: nn.init.trunc_normal_(weight(), 0.1, 0.5, -0.4, 0.6)),
}

# Every digit of a float32: on the processor that ran this the test finds the same bits.
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({key: [[float(f"{x:.9g}") for x in t] for t in value] for key, value in cases.items()},
                           separators=(",", ":")).replace(']],"', ']],\n"') + "\n")
print(path, path.stat().st_size, "bytes")
