#!/usr/bin/env python3
"""Reference numbers of torch.nn's losses, value and gradient. Writes losses.json beside this file."""
import json
import math
import pathlib

import torch
import torch.nn.functional as F


def fill(shape, phase):
    return torch.tensor([2 * math.sin(0.7 * i + phase) for i in range(math.prod(shape))]).reshape(shape)


def case(loss, shape):
    prediction = fill(shape, 0.3).requires_grad_()
    value = loss(prediction)
    value.backward()
    return {"loss": value.item(), "gradient": prediction.grad.flatten().tolist()}


classes = torch.tensor([2, 0, 1, 3])
tokens = torch.tensor([[1, 2], [0, 3], [2, 2]])
golden = {
    "cross_entropy": case(lambda p: F.cross_entropy(p, classes), (4, 4)),
    "cross_entropy_smoothed": case(lambda p: F.cross_entropy(p, classes, label_smoothing=0.1), (4, 4)),
    "cross_entropy_weighted": case(
        lambda p: F.cross_entropy(p, classes, weight=torch.tensor([1.0, 2.0, 0.5, 3.0])), (4, 4)),
    "cross_entropy_ignored": case(lambda p: F.cross_entropy(p, classes, ignore_index=1), (4, 4)),
    "cross_entropy_tokens": case(lambda p: F.cross_entropy(p.reshape(-1, 4), tokens.reshape(-1)), (3, 2, 4)),
    "mse": case(lambda p: F.mse_loss(p, fill((4, 3), 1.1)), (4, 3)),
    "bce": case(lambda p: F.binary_cross_entropy_with_logits(p, torch.tensor([[1.0], [0.0], [1.0]])), (3, 1)),
    "bce_weighted": case(
        lambda p: F.binary_cross_entropy_with_logits(p, torch.tensor([[1.0], [0.0], [1.0]]),
                                                     pos_weight=torch.tensor([3.0])), (3, 1)),
    "bce_one_against_rest": case(
        lambda p: F.binary_cross_entropy_with_logits(p, F.one_hot(classes, 4).float()), (4, 4)),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
