#!/usr/bin/env python3
"""Reference numbers of torch's poisson_nll_loss. Writes poisson.json beside this file."""
import torch
import torch.nn.functional as F
from wave import case, write

target = torch.tensor([0.0, 1, 2, 3, 0, 7, 1, 0, 2, 12, 1, 4]).reshape(4, 3)
write(__file__, {
    "plain": case(lambda p: F.poisson_nll_loss(p, target), (4, 3)),
    "full": case(lambda p: F.poisson_nll_loss(p, target, full=True), (4, 3)),
    "mean": case(lambda p: F.poisson_nll_loss(p.square(), target, log_input=False, eps=1e-3), (4, 3)),
})
