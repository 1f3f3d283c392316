"""Paired bootstrap of the difference of two predictions' errors, by scipy.stats.bootstrap. Writes paired.json.

usage: python tests/golden/paired.py    (numpy, scipy)
"""

import json
import pathlib

import numpy as np
from scipy.stats import bootstrap

draws = 100_000


def samples_of(count):
    """The formulas of tests/eval/paired_test.cpp."""
    i = np.arange(count, dtype=np.float64)
    target = (i * i % 101) / 10
    shared, own = np.sin(i * 1.7), np.cos(i * i * 0.3)
    return target, target + shared, target + 0.93 * shared + 0.2 * own


metrics = {
    "mae": lambda error, axis=-1: np.abs(error).mean(axis=axis),
    "rmse": lambda error, axis=-1: np.sqrt((error**2).mean(axis=axis)),
}

golden = {}
for metric, count in [("mae", 300), ("rmse", 300), ("rmse", 40)]:
    target, first, second = samples_of(count)
    measure = metrics[metric]

    def difference(a, b, axis=-1):
        return measure(b, axis) - measure(a, axis)

    errors = (first - target, second - target)
    found = bootstrap(errors, difference, paired=True, vectorized=True, method="percentile", n_resamples=draws, batch=2000,
                      random_state=np.random.default_rng(1))
    interval = found.confidence_interval
    golden[f"{metric}_{count}"] = {
        "metric": metric,
        "samples": count,
        "first": float(measure(errors[0])),
        "difference": float(difference(*errors)),
        "low": float(interval.low),
        "high": float(interval.high),
        "standard_error": float(found.standard_error),
        "second_better": float((found.bootstrap_distribution < 0).mean()),
        "more_than_noise": bool(interval.low > 0 or interval.high < 0),
    }
path = pathlib.Path(__file__).with_name("paired.json")
path.write_text(json.dumps(golden, indent=1) + "\n")
