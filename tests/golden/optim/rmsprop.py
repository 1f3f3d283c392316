"""torch.optim.RMSprop. Writes rmsprop.json beside this file."""

import torch

from trajectory import store, torch_optim

store(__file__, {
    "plain": torch_optim(torch.optim.RMSprop, lr=0.01),
    "momentum": torch_optim(torch.optim.RMSprop, lr=0.002, alpha=0.9, eps=1e-6, momentum=0.8, weight_decay=0.05),
    "centered": torch_optim(torch.optim.RMSprop, lr=0.01, centered=True, weight_decay=0.05),
    "all": torch_optim(torch.optim.RMSprop, decay_all=True, lr=0.002, centered=True, momentum=0.8, weight_decay=0.05),
})
