#!/usr/bin/env python3
"""Reference numbers of scikit-learn's average_precision_score: of the second of two classes, or a mean over the classes
that are there. Writes average_precision.json beside this file."""
import numpy
from cases import softmax, write
from sklearn.metrics import average_precision_score


def expected(scores, labels):
    scores, labels = numpy.array(scores), numpy.array(labels)
    if scores.shape[1] == 2:
        return {"value": average_precision_score(labels, scores[:, 1] - scores[:, 0])}
    chances = numpy.log(softmax(scores))
    return {"value": numpy.mean([average_precision_score(labels == c, chances[:, c]) for c in sorted(set(labels))])}


write(__file__, expected)
