"""torch's OneCycleLR: its rates and momenta, and what weights come of both. Writes one_cycle.json beside this file."""

import torch
from torch.optim.lr_scheduler import OneCycleLR

from rates import course, store
from trajectory import STEPS, trajectory


def cycle(steps, **options):
    rates, momenta = course(lambda optimizer: OneCycleLR(optimizer, max_lr=0.2, total_steps=steps, **options), steps,
                            momentum=0.9)
    return {"rates": rates, "momenta": momenta}


def weights(optimizer, max_lr, **options):
    schedules = []

    def make(parameters):
        made = optimizer(list(parameters.values()), lr=max_lr, weight_decay=0.0, **options)
        schedules.append(OneCycleLR(made, max_lr=max_lr, total_steps=STEPS + 1))
        return [made]

    return trajectory(make, after_step=lambda: schedules[0].step())


store(__file__, {
    "default": cycle(50),
    "three_phases": cycle(47, three_phase=True, pct_start=0.25, div_factor=10.0, final_div_factor=100.0),
    "linear": cycle(30, anneal_strategy="linear", base_momentum=0.7, max_momentum=0.9),
    "short": cycle(3),
    "sgd": weights(torch.optim.SGD, 0.002, momentum=0.9),
    "rmsprop": weights(torch.optim.RMSprop, 0.001, momentum=0.5),
    "adamw": weights(torch.optim.AdamW, 0.02),
})
