#!/usr/bin/env python3
"""Reference numbers of scikit-learn's confusion_matrix. Writes confusion_matrix.json beside this file."""
import numpy
from cases import write
from sklearn.metrics import confusion_matrix


def expected(scores, labels):
    chosen = numpy.argmax(scores, axis=1)
    return {how: confusion_matrix(labels, chosen, labels=range(len(scores[0])),
                                  normalize=None if how == "none" else how).flatten().tolist()
            for how in ("none", "true", "pred", "all")}


write(__file__, expected)
