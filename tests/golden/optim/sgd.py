"""torch.optim.SGD. Writes sgd.json beside this file."""

import torch

from trajectory import store, torch_optim

store(__file__, {
    "plain": torch_optim(torch.optim.SGD, lr=0.1, weight_decay=0.0),
    "momentum": torch_optim(torch.optim.SGD, lr=0.05, momentum=0.9, dampening=0.2, weight_decay=0.01),
    "nesterov": torch_optim(torch.optim.SGD, decay_all=True, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
})
