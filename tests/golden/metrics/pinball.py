#!/usr/bin/env python3
"""Reference numbers of scikit-learn's mean_pinball_loss of three quantiles. Writes pinball.json beside this file."""
import numpy
from cases import save
from number_cases import wave
from sklearn.metrics import mean_pinball_loss

target = numpy.array(wave(50, 2, 1.0))
found = {}
for share in (0.1, 0.5, 0.9):
    given = target + 2 * (share - 0.5) + 0.5 * numpy.array(wave(50, 2, share))
    found[f"{share}"] = {"given": given.tolist(), "value": mean_pinball_loss(target.ravel(), given.ravel(), alpha=share)}
save(__file__, {"target": target.tolist(), "quantiles": found})
