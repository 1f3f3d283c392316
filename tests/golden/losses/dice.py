#!/usr/bin/env python3
"""Reference numbers of segmentation_models_pytorch's DiceLoss (0.5), called for each picture by itself. It has classes
second. Writes dice.json beside this file."""
import torch
from segmentation_models_pytorch.losses import DiceLoss
from wave import case, write

classes = torch.tensor([[[0, 2, 2], [1, 0, 0]], [[1, 1, -100], [0, -100, 1]]])
binary = torch.tensor([[[0, 1, 1], [1, 0, 0]], [[0, 0, -100], [0, -100, 1]]])


def for_each(loss, p, target):
    scores = p.movedim(-1, 1)
    return torch.stack([loss(scores[i : i + 1], target[i : i + 1]) for i in range(len(target))]).mean()


def dice(mode, **options):
    return DiceLoss(mode, ignore_index=-100, **options)


write(__file__, {
    "classes": case(lambda p: for_each(dice("multiclass"), p, classes), (2, 2, 3, 3)),
    "smooth": case(lambda p: for_each(dice("multiclass", smooth=2.0), p, classes), (2, 2, 3, 3)),
    "one_logit": case(lambda p: for_each(dice("binary"), p, binary), (2, 2, 3, 1)),
})
