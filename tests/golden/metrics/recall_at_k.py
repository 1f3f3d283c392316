#!/usr/bin/env python3
"""Reference numbers of pytorch-metric-learning's precision_at_1, and of scikit-learn's neighbours for more than one.
Writes recall_at_k.json beside this file."""
import numpy
import torch
from cases import labels, save, scores
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from pytorch_metric_learning.utils.inference import CustomKNN
from sklearn.neighbors import NearestNeighbors

places, classes = numpy.array(scores(600, 3)), numpy.array(labels(600, 40))
classes[7] = 99  # alone in its class
found = {"places": places.tolist(), "classes": classes.tolist()}
nearest = NearestNeighbors(n_neighbors=6).fit(places).kneighbors(places, return_distance=False)[:, 1:]
asked = numpy.array([(classes == one).sum() > 1 for one in classes])
for k in (1, 5):
    hit = (classes[nearest[:, :k]] == classes[:, None]).any(axis=1)
    found[f"recall_at_{k}"] = float(hit[asked].mean())
neighbours = CustomKNN(LpDistance(normalize_embeddings=False))
calculator = AccuracyCalculator(include=("precision_at_1",), k=1, knn_func=neighbours)
theirs = calculator.get_accuracy(torch.tensor(places), torch.tensor(classes))["precision_at_1"]
assert abs(theirs - found["recall_at_1"]) < 1e-9, (theirs, found["recall_at_1"])
save(__file__, found)
