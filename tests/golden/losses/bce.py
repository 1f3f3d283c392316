#!/usr/bin/env python3
"""Reference numbers of torch's binary_cross_entropy_with_logits. Writes bce.json beside this file."""
import torch
import torch.nn.functional as F
from wave import case, write

binary = torch.tensor([[1.0], [0.0], [1.0]])
classes = torch.tensor([2, 0, 1, 3])
pixels = torch.tensor([[[1, 0, -100], [1, 1, 0]]])
kinds = torch.tensor([[[2, 0, -100], [1, 1, 0]]])
several = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0]])
loss = F.binary_cross_entropy_with_logits
write(__file__, {
    "plain": case(lambda p: loss(p, binary), (3, 1)),
    "weighted": case(lambda p: loss(p, binary, pos_weight=torch.tensor([3.0])), (3, 1)),
    "several": case(lambda p: loss(p, several), (4, 3)),
    "several_weighted": case(lambda p: loss(p, several, pos_weight=torch.tensor([3.0, 0.5, 1.0])), (4, 3)),
    "one_against_rest": case(lambda p: loss(p, F.one_hot(classes, 4).float()), (4, 4)),
    "pixels": case(lambda p: loss(p[..., 0][pixels >= 0], pixels[pixels >= 0].float()), (1, 2, 3, 1)),
    "pixels_one_against_rest": case(
        lambda p: loss(p[kinds >= 0], F.one_hot(kinds[kinds >= 0], 3).float()), (1, 2, 3, 3)),
})
