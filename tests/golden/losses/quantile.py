#!/usr/bin/env python3
"""Reference numbers of scikit-learn's mean_pinball_loss, with the slope of its formula. Writes quantile.json beside this
file."""
import torch
from sklearn.metrics import mean_pinball_loss
from wave import case, wave, write

target = wave((4, 3), 1.0)


def of(alpha):
    found = case(lambda p: torch.maximum(alpha * (target - p), (alpha - 1) * (target - p)).mean(), (4, 3))
    theirs = mean_pinball_loss(target.flatten(), wave((4, 3), 0.3).flatten(), alpha=alpha)
    assert abs(found["loss"] - theirs) < 1e-6
    return found


write(__file__, {"median": of(0.5), "high": of(0.9)})
