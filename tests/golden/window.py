"""A sliding perceptron as a convolution over positions, for tests/models/window_test.cpp. Run with torch 2.11."""

import torch
import torch.nn.functional as F
from torch import nn

from formula import fill, gradients, store, tokens


class Window(nn.Module):
    def __init__(self, vocabulary, size, window, width, outputs):
        super().__init__()
        self.size, self.window = size, window
        self.embedding = nn.Embedding(vocabulary, size)
        self.layers = nn.Sequential(
            nn.Linear(window * size, width), nn.ReLU(), nn.Dropout(0.0), nn.Linear(width, outputs))

    def forward(self, ids, lengths=None):
        x = self.embedding(ids)
        if lengths is not None:
            x = x * (torch.arange(ids.shape[1]) < lengths[:, None])[:, :, None]
        first = self.layers[0]
        kernel = first.weight.view(-1, self.window, self.size).transpose(1, 2)  # [width, size, window]
        hidden = F.conv1d(x.transpose(1, 2), kernel, first.bias, padding=self.window // 2).transpose(1, 2)
        return self.layers[1:](hidden)


cases = {}
for name, lengths in {"whole": None, "padded": torch.tensor([7, 2, 5])}.items():
    network = fill(Window(11, 4, 5, 6, 3))
    output = network(tokens((3, 7), 11), lengths)
    cases[name] = {"output": output, "gradients": gradients(network, output)}

store(__file__, cases)
