#!/usr/bin/env python3
"""Reference numbers of torch.optim and its schedules. Writes optim.json beside this file."""
import json
import math
import pathlib

import torch

SHAPES = {"a.weight": (3, 2), "a.bias": (3,), "b.weight": (2, 2, 3, 3)}


def fill(shape, phase):
    count = math.prod(shape)
    return torch.tensor([math.sin(0.7 * i + phase) for i in range(count)]).reshape(shape)


def trajectory(make, decay_all):
    parameters = {n: fill(s, 0.1 * k).requires_grad_() for k, (n, s) in enumerate(SHAPES.items())}
    decayed = [p for p in parameters.values() if decay_all or p.dim() > 1]
    plain = [p for p in parameters.values() if not decay_all and p.dim() <= 1]
    optimizer = make(decayed, plain)
    for step in range(5):
        optimizer.zero_grad()
        for k, p in enumerate(parameters.values()):
            p.grad = fill(p.shape, 0.3 * step + k)
        optimizer.step()
    return {n: p.detach().flatten().tolist() for n, p in parameters.items()}


def adamw(**options):
    return lambda decayed, plain: torch.optim.AdamW(
        [{"params": decayed}] + ([{"params": plain, "weight_decay": 0.0}] if plain else []), **options)


def sgd(**options):
    return lambda decayed, plain: torch.optim.SGD(
        [{"params": decayed}] + ([{"params": plain, "weight_decay": 0.0}] if plain else []), **options)


def rates(make, steps, lr=0.2):
    parameter = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=lr)
    schedule = make(optimizer)
    out = []
    for _ in range(steps):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return out


golden = {
    "adamw": trajectory(adamw(lr=0.01, weight_decay=0.1), False),
    "adamw_all_decayed_amsgrad": trajectory(adamw(lr=0.01, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1, amsgrad=True), True),
    "sgd": trajectory(sgd(lr=0.1), False),
    "sgd_momentum": trajectory(sgd(lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.01), False),
    "sgd_nesterov": trajectory(sgd(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01), True),
    "cosine": rates(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=20, eta_min=0.01), 20),
    "multistep": rates(lambda o: torch.optim.lr_scheduler.MultiStepLR(o, milestones=[2, 3], gamma=0.5), 6),
    "warmup": rates(lambda o: torch.optim.lr_scheduler.LinearLR(o, start_factor=0.2, end_factor=1.0, total_iters=4), 6),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
