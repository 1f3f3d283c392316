#!/usr/bin/env python3
"""Reference numbers of scikit-learn's precision_score, with every average. Writes precision.json beside this file."""
import warnings

import numpy
from cases import write
from sklearn.metrics import precision_score

warnings.filterwarnings("ignore")  # nothing to divide by


def expected(scores, labels):
    chosen = numpy.argmax(scores, axis=1)
    found = {average: precision_score(labels, chosen, average=average) for average in ("macro", "weighted", "micro")}
    found["none"] = list(precision_score(labels, chosen, average=None, labels=range(len(scores[0]))))
    if len(scores[0]) == 2:
        found["binary"] = precision_score(labels, chosen)
    return found


write(__file__, expected)
