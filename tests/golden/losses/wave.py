"""Inputs that tests and reference scripts make by one formula, and how a reference is written."""
import json
import math
import pathlib

import torch


def wave(shape, phase):
    return torch.tensor([2 * math.sin(0.7 * i + phase) for i in range(math.prod(shape))]).reshape(shape)


def case(loss, shape):
    """Value and gradient of `loss` over a prediction of this shape."""
    prediction = wave(shape, 0.3).requires_grad_()
    value = loss(prediction)
    value.backward()
    return {"loss": value.item(), "gradient": prediction.grad.flatten().tolist()}


def write(script, cases):
    """Writes the cases beside the script, as JSON of its name."""
    pathlib.Path(script).with_suffix(".json").write_text(json.dumps(cases, indent=1) + "\n")
