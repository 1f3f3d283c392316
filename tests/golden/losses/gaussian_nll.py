#!/usr/bin/env python3
"""Reference numbers of torch's gaussian_nll_loss of a softplus. Writes gaussian_nll.json beside this file."""
import torch.nn.functional as F
from wave import case, wave, write

target = wave((4, 2), 1.0)


def of(**options):
    return lambda p: F.gaussian_nll_loss(p[:, :2], target, F.softplus(p[:, 2:]), **options)


write(__file__, {"plain": case(of(), (4, 4)), "full": case(of(full=True, eps=0.5), (4, 4))})
