"""torch.optim.Adadelta. Writes adadelta.json beside this file."""

import torch

from trajectory import store, torch_optim

store(__file__, {
    "plain": torch_optim(torch.optim.Adadelta),
    "all": torch_optim(torch.optim.Adadelta, decay_all=True, lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.05),
})
