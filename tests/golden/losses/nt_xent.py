#!/usr/bin/env python3
"""Reference numbers of NT-Xent: Chen et al. 2020, equation 1, term by term over torch's cosine similarity. Writes
nt_xent.json beside this file."""
import torch
import torch.nn.functional as F
from wave import wave, write


def of_paper(first, second, temperature):
    views = torch.stack([first, second], 1).flatten(0, 1)  # the paper's order: 2k - 1 and 2k are a pair
    count = len(views)

    def likeness(i, k):
        return F.cosine_similarity(views[i], views[k], dim=0) / temperature

    def term(i, j):
        return -torch.log(torch.exp(likeness(i, j)) / sum(torch.exp(likeness(i, k)) for k in range(count) if k != i))

    return sum(term(2 * k, 2 * k + 1) + term(2 * k + 1, 2 * k) for k in range(count // 2)) / count


def case(shape, temperature):
    first, second = wave(shape, 0.3).requires_grad_(), wave(shape, 1.1).requires_grad_()
    value = of_paper(first, second, temperature)
    value.backward()
    return {"loss": value.item(), "first": first.grad.flatten().tolist(), "second": second.grad.flatten().tolist()}


write(__file__, {"default": case((5, 3), 0.5), "cold": case((4, 6), 0.1), "pair": case((2, 2), 1.0)})
