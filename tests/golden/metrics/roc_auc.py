#!/usr/bin/env python3
"""Reference numbers of scikit-learn's roc_auc_score, with and without equal scores. Writes roc_auc.json beside this
file."""
import json
import math
import pathlib

from sklearn.metrics import roc_auc_score

cases = {}
for name, digits in (("distinct", 12), ("ties", 1), ("two_values", 0)):
    scores = [round(math.sin(1.3 * i * i + 0.4), digits) for i in range(257)]
    labels = [int(math.sin(2.1 * i * i) + 0.7 * math.sin(1.3 * i * i + 0.4) > 0.2) for i in range(257)]
    cases[name] = {"scores": scores, "labels": labels, "auc": roc_auc_score(labels, scores)}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
