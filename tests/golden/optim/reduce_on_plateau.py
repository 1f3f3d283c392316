"""torch's ReduceLROnPlateau after each of a row of validations. Writes reduce_on_plateau.json beside this file."""

import math

import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from rates import store

# Falls, stays, falls by little, rises, is once no number, falls again.
VALUES = [1.0, 0.8, 0.8, 0.79995, 0.7999, 0.81, 0.82, 0.7, 0.7, 0.9, math.nan, 0.69, 0.69, 0.69, 0.69, 0.69, 0.5, 0.6,
          0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]


def rates(values, **options):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    schedule = ReduceLROnPlateau(optimizer, **options)
    found = [0.2]
    optimizer.step()
    for value in values:
        schedule.step(value)
        found.append(optimizer.param_groups[0]["lr"])
    return found


rising = [2 - value for value in VALUES]
store(__file__, {
    "values": [None if math.isnan(value) else value for value in VALUES],
    "patience": rates(VALUES, patience=2, factor=0.5),
    "none": rates(VALUES, patience=0, factor=0.9),
    "cooldown": rates(VALUES, patience=1, factor=0.5, cooldown=2, min_lr=0.03),
    "absolute": rates(VALUES, patience=1, factor=0.5, threshold=0.1, threshold_mode="abs"),
    "max": rates(rising, mode="max", patience=1, factor=0.5, threshold=0.05),
    "max_absolute": rates(rising, mode="max", patience=1, factor=0.5, threshold=0.05, threshold_mode="abs"),
    "epsilon": rates(VALUES, patience=0, factor=0.1, eps=1e-3),
})
