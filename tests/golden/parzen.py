#!/usr/bin/env python3
"""Densities of Optuna's univariate TPESampler: what tests/sweep/parzen_test.cpp compares with. Needs optuna."""

import json
import os

import numpy
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters

parameters = _ParzenEstimatorParameters(
    prior_weight=1.0, consider_magic_clip=True, consider_endpoints=False, weights=lambda n: numpy.ones(n),
    multivariate=False)


def density(samples, distribution, values):
    estimator = _ParzenEstimator({"x": numpy.asarray(samples, dtype=float)}, {"x": distribution}, parameters)
    return estimator.log_pdf({"x": numpy.asarray(values, dtype=float)}).tolist()


values = [-2.0, -1.5, -0.3, 0.0, 0.7, 2.9, 3.0]
intervals = []
for samples in ([], [0.5], [-2.0], [3.0, -1.0], [0.1, 0.11, 2.0, -1.9], [0.05 * i - 1 for i in range(30)]):
    intervals.append({"samples": samples, "log_density": density(samples, FloatDistribution(-2.0, 3.0), values)})
choices = []
for samples in ([], [1], [0, 0, 2], [2, 2, 2, 1, 0, 2]):
    choices.append({"samples": samples,
                    "log_density": density(samples, CategoricalDistribution(["a", "b", "c"]), [0, 1, 2])})
with open(os.path.join(os.path.dirname(__file__), "parzen.json"), "w") as file:
    json.dump({"optuna": optuna.__version__, "low": -2.0, "high": 3.0, "values": values, "intervals": intervals,
               "choices": choices}, file, indent=1)
