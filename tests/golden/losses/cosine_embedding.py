#!/usr/bin/env python3
"""Reference numbers of torch's cosine_embedding_loss over all pairs of a batch. Writes cosine_embedding.json beside this
file."""
import torch
import torch.nn.functional as F
from embeddings import SHAPE, classes, pairs, same
from wave import case, write

first, second = pairs.nonzero(as_tuple=True)
sign = torch.where(same[pairs], 1.0, -1.0)


def of(margin):
    return lambda p: F.cosine_embedding_loss(p[first], p[second], sign, margin)


write(__file__, {"plain": case(of(0.0), SHAPE), "margin": case(of(0.4), SHAPE)})
