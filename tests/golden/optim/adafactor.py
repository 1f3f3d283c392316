"""torch.optim.Adafactor. Writes adafactor.json beside this file."""

import torch

from trajectory import store, torch_optim

store(__file__, {
    "plain": torch_optim(torch.optim.Adafactor),
    "all": torch_optim(torch.optim.Adafactor, decay_all=True, lr=0.2, beta2_decay=-0.6, eps=(1e-4, 0.5), d=1.1,
                       weight_decay=0.1),
})
