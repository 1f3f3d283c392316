#!/usr/bin/env python3
"""Reference numbers of pytorch-metric-learning's triplet losses, and of the soft margin's formula. Writes triplet.json
beside this file."""
import torch
import torch.nn.functional as F
from embeddings import SHAPE, classes, same
from pytorch_metric_learning import distances, losses, miners, reducers
from wave import case, wave, write

plain = distances.LpDistance(normalize_embeddings=False)
hard = miners.BatchHardMiner(distance=plain)


def soft(places):
    distance = torch.cdist(places, places, compute_mode="donot_use_mm_for_euclid_dist")
    farthest = distance.masked_fill(~same, -1).amax(1)
    closest = distance.masked_fill(same, 1e9).amin(1)
    return F.softplus(farthest - closest)[asked].mean()


def of(margin, miner=None):
    reducer = reducers.MeanReducer() if miner else reducers.AvgNonZeroReducer()
    loss = losses.TripletMarginLoss(margin, distance=plain, reducer=reducer)
    return lambda p: loss(p, classes, miner(p, classes) if miner else None)


def counted(places, margin):
    """How many triplets are not met."""
    distance = torch.cdist(places, places)
    positive = same & ~torch.eye(9).bool()
    loss = distance[:, :, None] - distance[:, None, :] + margin
    return int(((loss > 0) & positive[:, :, None] & ~same[:, None, :]).sum())


asked = same.sum(1) > 1
write(__file__, {
    "hard": case(of(1.0, hard), SHAPE),
    "hard_narrow": case(of(0.2, hard), SHAPE),
    "hard_soft": case(soft, SHAPE),
    "all": case(of(0.5), SHAPE),
    "all_counted": counted(wave(SHAPE, 0.3), 0.5),
})
