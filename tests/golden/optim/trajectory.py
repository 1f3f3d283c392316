"""A hundred steps of an optimizer on four parameters; tests/optim/trajectory.h takes the same ones in C++."""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from formula import numbers, store  # noqa: E402,F401

SHAPES = {"a.weight": (6, 4), "a.bias": (6,), "b.weight": (3, 2, 3, 3), "c.weight": (3, 6)}
STEPS = 100


def start():
    return {name: numbers(shape, 0.5 + k) for k, (name, shape) in enumerate(SHAPES.items())}


def gradient(parameter, step, k):
    """Of half a bowl around zero, with waves that pass over it."""
    return parameter * 0.5 + numbers(parameter.shape, 1.0 + 0.37 * step + k)


def trajectory(make, after_step=lambda: None):
    """The parameters after the last step. `make` gets them by name and gives the optimizers."""
    parameters = {name: value.requires_grad_() for name, value in start().items()}
    optimizers = make(parameters)
    for step in range(STEPS):
        for k, parameter in enumerate(parameters.values()):
            parameter.grad = gradient(parameter.detach(), step, k)
        for optimizer in optimizers:
            optimizer.step()
        after_step()
    return parameters


def torch_optim(optimizer, decay_all=False, **options):
    """The trajectory of one of torch.optim; parameters of one dimension are not decayed unless `decay_all`."""

    def make(parameters):
        groups = [{"params": [p for p in parameters.values() if decay_all or p.dim() > 1]}]
        if not decay_all:
            groups.append({"params": [p for p in parameters.values() if p.dim() == 1], "weight_decay": 0.0})
        return [optimizer(groups, **options)]

    return trajectory(make)
