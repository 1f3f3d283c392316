"""timm.optim.Adan. Writes adan.json beside this file."""

from timm.optim import Adan

from trajectory import store, torch_optim

store(__file__, {
    "plain": torch_optim(Adan, lr=0.01),
    "all": torch_optim(Adan, decay_all=True, lr=0.02, betas=(0.9, 0.8, 0.95), eps=1e-4, weight_decay=0.1),
    "no_prox": torch_optim(Adan, lr=0.01, weight_decay=0.1, no_prox=True),
})
