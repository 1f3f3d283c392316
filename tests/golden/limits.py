# What timm makes of gradients (adaptive_clip_grad), torch of weights (renorm) and of an average at the end of a training
# (swa_utils), for tests/step/limits_test.cpp and swa_test.cpp.
# usage: python limits.py > limits.json   (torch 2.11, timm 1.0)

import json

import torch
from timm.utils import adaptive_clip_grad
from torch.optim.swa_utils import SWALR, AveragedModel


def waves(shape, phase):
    count = int(torch.tensor(shape).prod())
    i = torch.arange(count)
    return torch.sin((i * i % 4999).double() + phase).reshape(shape).float()


def clipped():
    found = {}
    for name, shape in (("conv", (4, 3, 2, 2)), ("linear", (5, 7)), ("bias", (6,)), ("zero", (3, 4))):
        weights = torch.nn.Parameter(waves(shape, 0.5) * (0 if name == "zero" else 1))
        weights.grad = waves(shape, 1.5) * torch.linspace(0.001, 1, shape[0]).reshape([-1] + [1] * (len(shape) - 1))
        adaptive_clip_grad([weights], clip_factor=0.05, eps=1e-3, norm_type=2.0)
        found[name] = weights.grad.tolist()
    return found


def held():
    return {name: torch.renorm(waves(shape, 0.5), 2, 0, 1.2).tolist() for name, shape in (("conv", (4, 3, 2, 2)), ("linear", (5, 7)))}


def averaged():
    """Weights after each of six updates, those of 3 and up averaged."""
    model = torch.nn.Linear(3, 2, bias=False)
    average = AveragedModel(model)
    found = []
    for step in range(1, 7):
        model.weight.data = waves((2, 3), 0.5 * step)
        if step >= 3:
            average.update_parameters(model)
            found.append(average.module.weight.tolist())
    return found


def rates():
    """SWALR from 0.5 to 0.05 in four updates, cos and linear."""
    found = {}
    for strategy in ("cos", "linear"):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
        schedule = SWALR(optimizer, swa_lr=0.05, anneal_epochs=4, anneal_strategy=strategy)
        found[strategy] = []
        for _ in range(7):
            found[strategy].append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
    return found


print(json.dumps({"clipped": clipped(), "held": held(), "averaged": averaged(), "rates": rates()}))
