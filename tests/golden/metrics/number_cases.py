"""Predictions and targets that the reference scripts of metrics of numbers look at: plain, with ties, large, of several
numbers, and targets that are all the same."""
import math

import numpy
from cases import save


def wave(rows, columns, phase, digits=6):
    return [[round(2 * math.sin(0.7 * (i * columns + c) ** 2 + phase), digits) for c in range(columns)]
            for i in range(rows)]


def cases():
    target = numpy.array(wave(50, 1, 1.0))
    return {
        "plain": ((target + wave(50, 1, 0.3)).tolist(), target.tolist()),
        "ties": (wave(50, 1, 0.3, 0), wave(50, 1, 1.0, 0)),
        "large": ((1.7e9 + target + 0.1 * numpy.array(wave(50, 1, 0.3))).tolist(), (1.7e9 + target).tolist()),
        "several": (wave(50, 3, 0.3), wave(50, 3, 0.5)),
        "same": (wave(9, 1, 0.3), [[2.5]] * 9),
        "met": ([[2.5]] * 9, [[2.5]] * 9),
    }


def write(script, of):
    """of(prediction, target) -> the expected number of a case, as arrays [N, K]."""
    save(script, {name: {"prediction": p, "target": t, "value": float(of(numpy.array(p), numpy.array(t)))}
                  for name, (p, t) in cases().items()})
