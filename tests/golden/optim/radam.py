"""torch.optim.RAdam. Writes radam.json beside this file."""

import torch

from trajectory import store, torch_optim

store(__file__, {
    "plain": torch_optim(torch.optim.RAdam, lr=0.01),
    "coupled": torch_optim(torch.optim.RAdam, lr=0.02, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.05),
    "decoupled": torch_optim(torch.optim.RAdam, decay_all=True, lr=0.02, weight_decay=0.05,
                             decoupled_weight_decay=True),
})
