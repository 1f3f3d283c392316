# Precision, recall, F1, ROC-AUC and average precision of samples with any number of labels, by scikit-learn, for
# tests/metrics/multi_label_averages_test.cpp.
# usage: python multi_label.py   (scikit-learn 1.9; writes multi_label.json)
import math
import warnings

import numpy
from sklearn.metrics import (average_precision_score, f1_score, precision_score, recall_score, roc_auc_score)

from cases import save

warnings.filterwarnings("ignore")


def grid(rows, labels, phase, above):
    return [[int(math.sin(1.7 * (i * labels + k) ** 2 + phase) > above) for k in range(labels)] for i in range(rows)]


def cases():
    """plain; rare labels; a label that is nowhere (1), one that was given alone (2), one that is there alone (3); nothing
    there at all; nothing given at all."""
    given, true = grid(40, 4, 0.3, 0.0), grid(40, 4, 1.1, 0.2)
    for row in given:
        row[1] = row[3] = 0
    for row in true:
        row[1] = row[2] = 0
    return {
        "plain": (grid(50, 3, 0.2, 0.0), grid(50, 3, 0.9, 0.1)),
        "rare": (grid(50, 3, 0.2, 0.9), grid(50, 3, 0.9, 0.9)),
        "strange": (given, true),
        "none_true": (grid(10, 3, 0.2, 0.0), [[0] * 3] * 10),
        "none_given": ([[0] * 3] * 10, grid(10, 3, 0.9, 0.1)),
    }


found = {}
for name, (given, true) in cases().items():
    found[name] = {"given": given, "true": true}
    for metric, of in (("f1", f1_score), ("precision", precision_score), ("recall", recall_score)):
        found[name][metric] = {average or "none": numpy.asarray(of(true, given, average=average)).tolist()
                               for average in ("macro", "micro", "weighted", None)}
    scores = [[round(2 * math.sin(0.9 * (i * len(row) + k) ** 2) + row[k] * 0.3, 2 if name == "rare" else 6)
               for k in range(len(row))] for i, row in enumerate(true)]
    found[name]["scores"] = scores
    for metric, of in (("roc_auc", roc_auc_score), ("average_precision", average_precision_score)):
        found[name][metric] = {average or "none": numpy.asarray(of(true, scores, average=average)).tolist()
                               for average in ("macro", "micro", "weighted", None)}
save(__file__, found)
