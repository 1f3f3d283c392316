#!/usr/bin/env python3
"""Reference numbers of pytorch-metric-learning's ArcFaceLoss, whose margin is in degrees, with weights by formula: value
and gradient, also of the weights. Writes arcface.json beside this file."""
import math

from embeddings import SHAPE, classes
from pytorch_metric_learning import losses
from wave import case, wave, write


def of(margin, scale):
    loss = losses.ArcFaceLoss(4, SHAPE[1], margin=math.degrees(margin), scale=scale)
    weights = wave((4, SHAPE[1]), 0.9)
    loss.W.data = weights.t().contiguous()
    found = case(lambda p: loss(p, classes), SHAPE)
    found["of_weight"] = loss.W.grad.t().flatten().tolist()
    return found


write(__file__, {"plain": of(0.5, 64), "narrow": of(0.2, 4), "none": of(0.0, 10), "wide": of(2.5, 8)})
