"""torch.optim.Adagrad. Writes adagrad.json beside this file."""

import torch

from trajectory import store, torch_optim

store(__file__, {
    "plain": torch_optim(torch.optim.Adagrad, lr=0.1),
    "all": torch_optim(torch.optim.Adagrad, decay_all=True, lr=0.1, lr_decay=0.02, weight_decay=0.05,
                       initial_accumulator_value=0.3, eps=1e-6),
})
