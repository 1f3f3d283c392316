#!/usr/bin/env python3
"""Reference numbers of scikit-learn's recall_score, with every average. Writes recall.json beside this file."""
import warnings

import numpy
from cases import write
from sklearn.metrics import recall_score

warnings.filterwarnings("ignore")  # nothing to divide by


def expected(scores, labels):
    chosen = numpy.argmax(scores, axis=1)
    found = {average: recall_score(labels, chosen, average=average) for average in ("macro", "weighted", "micro")}
    found["none"] = list(recall_score(labels, chosen, average=None, labels=range(len(scores[0]))))
    if len(scores[0]) == 2:
        found["binary"] = recall_score(labels, chosen)
    return found


write(__file__, expected)
