"""torch.optim.LBFGS on a loss that is no bowl, in float64. Writes lbfgs.json beside this file; tests/optim/lbfgs_test.cpp
has the same loss.
"""

import torch

from trajectory import numbers, start, store


def loss_of(parameters):
    loss = 0.0
    for k, value in enumerate(parameters.values()):
        scale = 2 + numbers(value.shape, 3.0 + k).double()
        centre = numbers(value.shape, 1.0 + k).double()
        loss = loss + torch.log(torch.cosh(scale * (value - centre))).sum() + 0.05 * (value ** 2).sum()
    return loss


def lbfgs(steps, **options):
    parameters = {name: value.double().requires_grad_() for name, value in start().items()}
    optimizer = torch.optim.LBFGS(parameters.values(), **options)

    def closure():
        optimizer.zero_grad()
        loss = loss_of(parameters)
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    return parameters


store(__file__, {
    "none": lbfgs(4, lr=0.3, max_iter=3, history_size=10),
    "short_history": lbfgs(4, lr=0.5, max_iter=3, history_size=2),
    "strong_wolfe": lbfgs(3, lr=1.0, max_iter=4, history_size=10, line_search_fn="strong_wolfe"),
    "far": lbfgs(2, lr=8.0, max_iter=3, history_size=3, line_search_fn="strong_wolfe"),
})
