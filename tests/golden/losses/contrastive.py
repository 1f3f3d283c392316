#!/usr/bin/env python3
"""Reference numbers of the contrastive loss: its formula over torch's distances, each pair alike and balanced. Writes
contrastive.json beside this file."""
import torch
from embeddings import SHAPE, classes, pairs, same
from wave import case, write


def paper(places, margin):
    distance = torch.cdist(places, places, compute_mode="donot_use_mm_for_euclid_dist")[pairs]
    one = same[pairs]
    return torch.where(one, distance ** 2 / 2, (margin - distance).clamp_min(0) ** 2 / 2).mean()


def balanced(places, margin):
    distance = torch.cdist(places, places, compute_mode="donot_use_mm_for_euclid_dist")[pairs]
    one = same[pairs]
    near, far = distance[one] ** 2 / 2, (margin - distance[~one]).clamp_min(0) ** 2 / 2
    return (near.mean() + far.mean()) / 2


write(__file__, {
    "paper": case(lambda p: paper(p, 1.0), SHAPE),
    "wide": case(lambda p: paper(p, 4.0), SHAPE),
    "balanced": case(lambda p: balanced(p, 4.0), SHAPE),
})
