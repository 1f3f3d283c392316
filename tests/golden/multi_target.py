#!/usr/bin/env python3
"""Writes multi_target.json: what four targets cost together and its gradient, by torch, and their metrics, by scikit-learn.

usage: python tests/golden/multi_target.py    (torch 2.11.0, scikit-learn 1.9.1, numpy 2.4.6)
"""
import json

import numpy
import torch
from sklearn import metrics
from torch.nn import functional

ROWS, OFFSET, SCALE = 24, 10.0, 3.0
WEIGHTS = {"kind": 1.0, "sold": 2.0, "count": 0.5, "price": 0.25}

generator = torch.Generator().manual_seed(7)
output = torch.randn(ROWS, 6, generator=generator, dtype=torch.float64)
kind = torch.randint(0, 3, (ROWS,), generator=generator)
sold = torch.randint(0, 2, (ROWS,), generator=generator)
count = torch.randint(0, 6, (ROWS,), generator=generator).double()
price = torch.randn(ROWS, generator=generator, dtype=torch.float64)  # scaled
samples = torch.rand(ROWS, generator=generator, dtype=torch.float64) * 2
known = {name: torch.rand(ROWS, generator=generator) < 0.7 for name in WEIGHTS}


def terms(given):
    return {
        "kind": functional.cross_entropy(given[:, :3], kind, reduction="none"),
        "sold": functional.binary_cross_entropy_with_logits(given[:, 3], sold.double(), reduction="none"),
        "count": functional.poisson_nll_loss(given[:, 4], count, reduction="none"),
        "price": (given[:, 5] - price) ** 2,
    }


def loss(weighted, partly):
    given = output.clone().requires_grad_()
    rows = samples if weighted else torch.ones(ROWS, dtype=torch.float64)
    parts = {}
    for name, each in terms(given).items():
        counts = rows * known[name] if partly else rows
        parts[name] = (each * counts).sum() / rows.sum()
    total = sum(WEIGHTS[name] * part for name, part in parts.items())
    total.backward()
    return {
        "loss": total.item(),
        "parts": {name: part.item() for name, part in parts.items()},
        "gradient": given.grad.flatten().tolist(),
    }


def measured(partly):
    rows = {name: known[name].numpy() if partly else numpy.ones(ROWS, bool) for name in WEIGHTS}
    given = output.numpy()
    chosen = given[:, :3].argmax(1)
    unscaled, predicted = price.numpy() * SCALE + OFFSET, given[:, 5] * SCALE + OFFSET
    of = rows["kind"], rows["sold"], rows["count"], rows["price"]
    return {
        "kind.accuracy": metrics.accuracy_score(kind[of[0]], chosen[of[0]]),
        "kind.f1": metrics.f1_score(kind[of[0]], chosen[of[0]], average="macro"),
        "sold.roc_auc": metrics.roc_auc_score(sold[of[1]], given[of[1], 3]),
        "count.mae": metrics.mean_absolute_error(count[of[2]], numpy.exp(given[of[2], 4])),
        "price.rmse": metrics.root_mean_squared_error(unscaled[of[3]], predicted[of[3]]),
        "price.r2": metrics.r2_score(unscaled[of[3]], predicted[of[3]]),
    }


golden = {
    "rows": ROWS,
    "output": output.flatten().tolist(),
    "kind": kind.tolist(),
    "sold": sold.tolist(),
    "count": count.tolist(),
    "price": price.tolist(),
    "weight": samples.tolist(),
    "known": {name: mask.int().tolist() for name, mask in known.items()},
    "offset": OFFSET,
    "scale": SCALE,
    "weights": WEIGHTS,
    "all": loss(False, False) | {"metrics": measured(False)},
    "weighted": loss(True, False),
    "partly": loss(False, True) | {"metrics": measured(True)},
    "weighted_partly": loss(True, True),
}
with open(__file__.replace(".py", ".json"), "w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
