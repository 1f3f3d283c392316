#!/usr/bin/env python3
"""Reference numbers of torch's huber_loss. Writes huber.json beside this file."""
import torch.nn.functional as F
from wave import case, wave, write

target = wave((4, 3), 1.0)
write(__file__, {
    "plain": case(lambda p: F.huber_loss(p, target), (4, 3)),
    "narrow": case(lambda p: F.huber_loss(p, target, delta=0.2), (4, 3)),
})
