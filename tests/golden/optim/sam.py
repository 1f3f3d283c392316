"""Sharpness-aware minimisation around torch.optim.SGD, by the formulas of Foret et al. 2021 (equation 2, p = 2) and Kwon
et al. 2021 (equation 10 without the constant), in float64. Writes sam.json beside this file.
"""

import torch

from trajectory import STEPS, gradient, start, store


def sam(rho, adaptive=False, **options):
    parameters = {name: value.double().requires_grad_() for name, value in start().items()}
    optimizer = torch.optim.SGD(parameters.values(), **options)
    for step in range(STEPS):
        here = {name: value.detach().clone() for name, value in parameters.items()}
        slopes = {name: gradient(here[name], step, k) for k, name in enumerate(here)}
        size = {name: here[name].abs() if adaptive else torch.ones_like(here[name]) for name in here}
        norm = sum(((size[name] * slopes[name]) ** 2).sum() for name in here).sqrt()
        for k, (name, value) in enumerate(parameters.items()):
            above = here[name] + rho * size[name] ** 2 * slopes[name] / norm
            value.grad = gradient(above, step, k)
        optimizer.step()
    return parameters


store(__file__, {
    "sgd": sam(0.3, lr=0.05, momentum=0.9),
    "adaptive": sam(2.0, adaptive=True, lr=0.05),
})
