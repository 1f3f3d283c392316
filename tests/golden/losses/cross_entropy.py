#!/usr/bin/env python3
"""Reference numbers of torch.nn.functional.cross_entropy. Writes cross_entropy.json beside this file."""
import torch
import torch.nn.functional as F
from wave import case, wave, write

classes = torch.tensor([2, 0, 1, 3])
tokens = torch.tensor([[1, 2], [0, 3], [2, 2]])
padded = torch.tensor([[1, -100], [0, 3], [2, -100]])
pixels = torch.tensor([[[2, 0, -100], [1, 3, 0]]])
weights = torch.tensor([1.0, 2.0, 0.5, 3.0])
chances = wave((4, 4), 1.0).softmax(1)
write(__file__, {
    "plain": case(lambda p: F.cross_entropy(p, classes), (4, 4)),
    "smoothed": case(lambda p: F.cross_entropy(p, classes, label_smoothing=0.1), (4, 4)),
    "weighted": case(lambda p: F.cross_entropy(p, classes, weight=weights), (4, 4)),
    "ignored": case(lambda p: F.cross_entropy(p, classes, ignore_index=1), (4, 4)),
    "all": case(lambda p: F.cross_entropy(p, classes, weight=weights, ignore_index=1, label_smoothing=0.2), (4, 4)),
    "tokens": case(lambda p: F.cross_entropy(p.reshape(-1, 4), tokens.reshape(-1)), (3, 2, 4)),
    "padded": case(lambda p: F.cross_entropy(p.reshape(-1, 4), padded.reshape(-1)), (3, 2, 4)),
    "soft": case(lambda p: F.cross_entropy(p, chances), (4, 4)),
    "soft_all": case(lambda p: F.cross_entropy(p, chances, weight=weights, label_smoothing=0.2), (4, 4)),
    "pixels": case(lambda p: F.cross_entropy(p.movedim(-1, 1), pixels), (1, 2, 3, 4)),
})
