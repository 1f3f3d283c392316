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


def of_several(shares):
    """Of a prediction (4, 3 shares): the numbers of one share after those of another."""
    def several(p):
        return sum(torch.maximum(a * (target - part), (a - 1) * (target - part)).mean()
                   for a, part in zip(shares, p.chunk(len(shares), 1))) / len(shares)

    found = case(several, (4, 3 * len(shares)))
    parts = wave((4, 3 * len(shares)), 0.3).chunk(len(shares), 1)
    theirs = sum(mean_pinball_loss(target.flatten(), part.flatten(), alpha=a) for a, part in zip(shares, parts))
    assert abs(found["loss"] - theirs / len(shares)) < 1e-6
    return found


write(__file__, {"median": of(0.5), "high": of(0.9), "several": of_several((0.1, 0.5, 0.9))})
