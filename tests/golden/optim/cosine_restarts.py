"""torch's CosineAnnealingWarmRestarts, moved at each of 5 steps an epoch. Writes cosine_restarts.json beside this file.
"""

import torch
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

from rates import store


def rates(**options):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    schedule = CosineAnnealingWarmRestarts(optimizer, **options)
    found = []
    for step in range(60):
        schedule.step(step / 5)
        found.append(optimizer.param_groups[0]["lr"])
    return found


store(__file__, {
    "same": rates(T_0=3),
    "longer": rates(T_0=1, T_mult=2, eta_min=0.01),
})
