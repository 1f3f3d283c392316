#!/usr/bin/env python3
"""Reference numbers of pytorch-metric-learning's SupConLoss. Writes supervised_contrastive.json beside this file."""
from embeddings import SHAPE, classes
from pytorch_metric_learning import losses
from wave import case, write

write(__file__, {
    "plain": case(lambda p: losses.SupConLoss(temperature=0.1)(p, classes), SHAPE),
    "warm": case(lambda p: losses.SupConLoss(temperature=0.7)(p, classes), SHAPE),
})
