"""Results of torch.autocast on the CPU for tests/tensor/autocast_test.cpp. Run with torch 2.11 and torchvision 0.26."""

import torch
from torch import nn
from torchvision.ops import MLP

from formula import fill, gradients, numbers, store


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = MLP(12, [8, 6, 5], norm_layer=nn.LayerNorm)

    def forward(self, x):
        return self.layers(x.flatten(1))


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.0)),
        )
        self.classifier = nn.Sequential(nn.Linear(8 * 4 * 4, 5))

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


cases = {}
for kind, dtype in {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}.items():
    for name, network, x in [
        ("mlp", fill(Perceptron()), numbers((4, 3, 2, 2))),
        ("cnn", fill(Convolutions()), numbers((2, 3, 8, 8))),
    ]:
        with torch.autocast("cpu", dtype):
            output = network(x).float()
        cases[f"{kind} {name}"] = {"output": output, "gradients": gradients(network, output)}

scaler = torch.amp.GradScaler("cpu", init_scale=65536.0, growth_interval=4)
weight = nn.Parameter(torch.zeros(1))
optimizer = torch.optim.SGD([weight], lr=0.0)
scales = []
for step in range(14):  # the third and the eleventh overflow
    optimizer.zero_grad()
    scaler.scale((weight * (float("inf") if step in (2, 10) else 1.0)).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    scales.append(scaler.get_scale())
cases["scales"] = scales

store(__file__, cases)
