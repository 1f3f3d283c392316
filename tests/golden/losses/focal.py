#!/usr/bin/env python3
"""Reference numbers of the focal loss: torchvision.ops.sigmoid_focal_loss's formula for one logit, and the softmax form
of Lin et al. 2017 (equation 5) written over torch's log_softmax. Writes focal.json beside this file."""
import torch
import torch.nn.functional as F
from wave import case, write

classes = torch.tensor([2, 0, 1, 3])
padded = torch.tensor([[1, -100], [0, 3], [2, -100]])
pixels = torch.tensor([[[2, 0, -100], [1, 3, 0]]])
alpha = torch.tensor([1.0, 2.0, 0.5, 3.0])


def softmax_form(p, target, gamma, alpha=None):
    kept = target.reshape(-1) != -100
    logp = F.log_softmax(p.reshape(-1, p.shape[-1])[kept], -1)
    target = target.reshape(-1)[kept]
    chosen = logp.gather(1, target[:, None]).squeeze(1)
    weight = torch.ones_like(chosen) if alpha is None else alpha[target]
    return (-weight * (1 - chosen.exp()) ** gamma * chosen).sum() / weight.sum()


def sigmoid_form(p, target, gamma, alpha):
    ce = F.binary_cross_entropy_with_logits(p, target, reduction="none")
    chance = torch.sigmoid(p) * target + (1 - torch.sigmoid(p)) * (1 - target)
    loss = ce * (1 - chance) ** gamma
    if alpha is not None:
        loss = (alpha * target + (1 - alpha) * (1 - target)) * loss
    return loss.mean()


def two_form(p, target, alpha):
    """Two scores of which the difference is the logit."""
    return sigmoid_form(p[:, 1] - p[:, 0], target, 2.0, alpha)


binary = torch.tensor([[1.0], [0.0], [1.0]])
write(__file__, {
    "plain": case(lambda p: softmax_form(p, classes, 2.0), (4, 4)),
    "gamma_5": case(lambda p: softmax_form(p, classes, 5.0), (4, 4)),
    "weighted": case(lambda p: softmax_form(p, classes, 2.0, alpha), (4, 4)),
    "padded": case(lambda p: softmax_form(p, padded, 2.0), (3, 2, 4)),
    "pixels": case(lambda p: softmax_form(p, pixels, 2.0), (1, 2, 3, 4)),
    "two_alpha": case(lambda p: two_form(p, torch.tensor([1.0, 0.0, 0.0, 1.0]), 0.25), (4, 2)),
    "one_logit": case(lambda p: sigmoid_form(p, binary, 2.0, None), (3, 1)),
    "one_logit_alpha": case(lambda p: sigmoid_form(p, binary, 2.0, 0.25), (3, 1)),
})
