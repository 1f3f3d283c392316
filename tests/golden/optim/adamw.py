"""torch.optim.AdamW. Writes adamw.json beside this file."""

import torch

from trajectory import store, torch_optim

store(__file__, {
    "decay": torch_optim(torch.optim.AdamW, lr=0.01, weight_decay=0.1),
    "amsgrad": torch_optim(torch.optim.AdamW, decay_all=True, lr=0.01, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1,
                           amsgrad=True),
})
