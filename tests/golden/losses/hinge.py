#!/usr/bin/env python3
"""Reference numbers of torch's multi_margin_loss, and the formula for one score. Writes hinge.json beside this file."""
import torch
import torch.nn.functional as F
from wave import case, write

classes = torch.tensor([2, 0, 1, 3])
signs = torch.tensor([1.0, -1.0, 1.0]).reshape(3, 1)
write(__file__, {
    "plain": case(lambda p: F.multi_margin_loss(p, classes), (4, 4)),
    "squared": case(lambda p: F.multi_margin_loss(p, classes, p=2, margin=0.5), (4, 4)),
    "one_score": case(lambda p: (1 - signs * p).clamp_min(0).mean(), (3, 1)),
})
