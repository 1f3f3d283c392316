#!/usr/bin/env python3
"""Reference numbers of scikit-learn's brier_score_loss. Writes brier.json beside this file."""
from cases import softmax, write
from sklearn.metrics import brier_score_loss


def expected(scores, labels):
    chances = softmax(scores)
    if len(scores[0]) == 2:
        return {"value": brier_score_loss(labels, chances[:, 1])}
    return {"value": brier_score_loss(labels, chances, labels=range(len(scores[0])))}


write(__file__, expected)
