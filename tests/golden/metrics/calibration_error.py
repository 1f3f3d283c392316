#!/usr/bin/env python3
"""Reference numbers of torchmetrics' MulticlassCalibrationError. Writes calibration_error.json beside this file."""
import torch
from cases import softmax, write
from torchmetrics.functional.classification import multiclass_calibration_error


def expected(scores, labels):
    chances, target = torch.tensor(softmax(scores)), torch.tensor(labels)
    return {f"{norm}_{bins}": multiclass_calibration_error(chances, target, len(scores[0]), bins, norm).item()
            for norm in ("l1", "l2", "max") for bins in (15, 4)}


write(__file__, expected)
