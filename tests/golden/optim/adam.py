"""torch.optim.Adam. Writes adam.json beside this file."""

import torch

from trajectory import store, torch_optim

store(__file__, {
    "plain": torch_optim(torch.optim.Adam, lr=0.01),
    "decay": torch_optim(torch.optim.Adam, lr=0.01, weight_decay=0.1),
    "amsgrad": torch_optim(torch.optim.Adam, decay_all=True, lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.01,
                           amsgrad=True),
})
