"""Scores and classes that the reference scripts of metrics of classes look at, and how a reference is written."""
import json
import math
import pathlib

import numpy


def scores(rows, classes, digits=6):
    return [[round(3 * math.sin(1.3 * (i * classes + c) ** 2 + 0.4), digits) for c in range(classes)]
            for i in range(rows)]


def labels(rows, classes):
    return [min(int(abs(math.sin(2.1 * i * i)) * classes), classes - 1) for i in range(rows)]


def cases():
    """plain; two classes; ties; a class that neither is there nor was given (3), one that was given alone (4), and one
    that is there alone (2); one class that is there."""
    strange = scores(60, 5)
    for row in strange:
        row[3], row[2] = -9.0, -8.0
    return {
        "plain": (scores(60, 3), labels(60, 3)),
        "two": (scores(60, 2), labels(60, 2)),
        "ties": (scores(60, 3, 0), labels(60, 3)),
        "strange": (strange, labels(60, 3)),
        "one_class": (scores(20, 3), [1] * 20),
    }


def softmax(values):
    powers = numpy.exp(numpy.array(values) - numpy.max(values, axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def write(script, of):
    """of(scores, labels) -> the expected numbers of a case."""
    found = {name: {"scores": s, "labels": l, **of(s, l)} for name, (s, l) in cases().items()}
    save(script, found)


def plain(value):
    """NaN, which JSON lacks, is null."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def save(script, found):
    pathlib.Path(script).with_suffix(".json").write_text(json.dumps(plain(found)) + "\n")
