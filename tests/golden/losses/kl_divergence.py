#!/usr/bin/env python3
"""Reference numbers of torch's kl_div with reduction batchmean. Writes kl_divergence.json beside this file."""
import torch
import torch.nn.functional as F
from wave import case, wave, write

target = wave((4, 3), 1.0).softmax(1)
target[2] = torch.tensor([0.0, 1.0, 0.0])
write(__file__, {"plain": case(lambda p: F.kl_div(p.log_softmax(1), target, reduction="batchmean"), (4, 3))})
