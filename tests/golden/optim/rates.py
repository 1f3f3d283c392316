"""What torch's schedules say before each step."""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from formula import store  # noqa: E402,F401


def course(make, steps, lr=0.2, optimizer=torch.optim.SGD, **options):
    """The learning rate, and what the optimizer has of momentum or beta1, of each step."""
    optimizer = optimizer([torch.zeros(1, requires_grad=True)], lr=lr, **options)
    schedule = make(optimizer)
    rates, momenta = [], []
    for step in range(steps):
        group = optimizer.param_groups[0]
        rates.append(group["lr"])
        momenta.append(group["betas"][0] if "betas" in group else group["momentum"])
        optimizer.step()
        if step + 1 < steps:
            schedule.step()
    return rates, momenta
