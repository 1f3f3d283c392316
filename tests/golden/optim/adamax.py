"""torch.optim.Adamax. Writes adamax.json beside this file."""

import torch

from trajectory import store, torch_optim

store(__file__, {
    "plain": torch_optim(torch.optim.Adamax, lr=0.01),
    "all": torch_optim(torch.optim.Adamax, decay_all=True, lr=0.02, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.05),
})
