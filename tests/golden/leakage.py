# Same samples in two splits, counted without dlrun, and near duplicates by all pairs of pictures at full size.
# usage: python leakage.py DATA_FOLDER > leakage.json   (torch 2.11; run in the folder of the project)

import csv
import gzip
import json
import struct
import sys

import numpy as np
import torch

ROOT = sys.argv[1]


def idx(path):
    with gzip.open(path) as file:
        data = file.read()
    shape = struct.unpack(">" + "I" * data[3], data[4:4 + 4 * data[3]])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def overlap(held_out, other):
    """held_out, other: lists of (sample, label)."""
    labels = {}
    for sample, label in other:
        labels.setdefault(sample, set()).add(label)
    found = [(sample, label) for sample, label in held_out if sample in labels]
    return {"count": len(found), "of": len(held_out),
            "other_label": sum(label not in labels[sample] for sample, label in found)}


def repeats(samples):
    return len(samples) - len({sample for sample, _ in samples})


def pictures(folder):
    parts = []
    for part in ("train", "t10k"):
        images = idx(f"{folder}/{part}-images-idx3-ubyte.gz")
        parts.append([(i.tobytes(), int(l)) for i, l in zip(images, idx(f"{folder}/{part}-labels-idx1-ubyte.gz"))])
    return parts


def rows(path, target, strip=""):
    table = [[cell.strip() for cell in row] for row in csv.reader(open(path)) if row]
    return [(tuple(c for i, c in enumerate(row) if i != target % len(row)), row[target].rstrip(strip)) for row in table]


def near_pictures(folder):
    """Test pictures whose nearest training picture is at most `ratio` of the way to the rival: the tenth of 60,000."""
    vectors = []
    for part in ("train", "t10k"):
        flat = torch.tensor(idx(f"{folder}/{part}-images-idx3-ubyte.gz")).double().flatten(1)
        flat = flat - flat.mean(1, keepdim=True)
        vectors.append(flat / flat.norm(dim=1, keepdim=True))
    rank = min(10, max(2, len(vectors[0]) // 6000))
    best = (vectors[1] @ vectors[0].T).topk(rank, 1)[0]
    ratio = (1 - best[:, 0]) / (1 - best[:, -1])
    return {str(limit): int(((best[:, 0] >= 0.9) & (ratio <= limit)).sum()) for limit in (0.1, 0.2, 0.25, 0.3)}


golden = {}
train, test = pictures(f"{ROOT}/fashion-mnist")
golden["fashion_mnist"] = {**overlap(test, train), "repeats": repeats(train)}
train, test = pictures("recipes/data/fashion_mnist_small")
golden["fashion_mnist_small"] = {**overlap(test, train), "repeats": repeats(train),
                                 "near": near_pictures("recipes/data/fashion_mnist_small")}
train, test = (rows(f"{ROOT}/adult/adult-{part}.csv", 14, ".") for part in ("train", "test"))
golden["adult"] = {**overlap(test, train), "repeats": repeats(train)}
table = rows(f"{ROOT}/abalone/abalone.csv", 8)
golden["abalone"] = {**overlap(table[3133:], table[:3133]), "repeats": repeats(table[:3133])}
table = rows(f"{ROOT}/california-housing/housing.csv", 8)[1:]
golden["california"] = {**overlap(table[::5], [r for i, r in enumerate(table) if i % 5]),
                        "repeats": repeats([r for i, r in enumerate(table) if i % 5])}
text = open(f"{ROOT}/tiny-shakespeare/input.txt").read()
cut = int(len(text) * 0.9)
passages = [text[i:i + 200] for i in range(cut, len(text) - 199, 200)]
golden["shakespeare"] = {"count": sum(p in text[:cut] for p in passages), "of": len(passages)}
pieces = {text[i:i + 32] for i in range(cut - 31)}
shares = []
for passage in passages:
    covered = np.zeros(200, bool)
    for i in range(200 - 31):
        if passage[i:i + 32] in pieces:
            covered[i:i + 32] = True
    shares.append(float(covered.mean()))
golden["shakespeare"]["covered"] = {str(s): sum(x >= s for x in shares) for s in (0.2, 0.3, 0.5)}
print(json.dumps(golden, indent=1))
