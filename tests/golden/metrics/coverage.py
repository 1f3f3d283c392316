#!/usr/bin/env python3
"""The share of targets between two quantiles and their distance, by their definition in numpy. Writes coverage.json beside
this file."""
import numpy
from cases import save
from number_cases import wave

target = numpy.array(wave(50, 2, 1.0))
low, high = target - 0.8 + 0.9 * numpy.array(wave(50, 2, 0.1)), target + 0.8 + 0.9 * numpy.array(wave(50, 2, 0.9))
low[0, 0], high[1, 1] = target[0, 0], target[1, 1]
save(__file__, {"target": target.tolist(), "low": low.tolist(), "high": high.tolist(),
                "coverage": float(((low <= target) & (target <= high)).mean()),
                "interval_width": float((high - low).mean())})
