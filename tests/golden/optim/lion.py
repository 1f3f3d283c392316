"""timm.optim.Lion. Writes lion.json beside this file."""

from timm.optim import Lion

from trajectory import store, torch_optim

store(__file__, {
    "plain": torch_optim(Lion, lr=0.001),
    "all": torch_optim(Lion, decay_all=True, lr=0.002, betas=(0.8, 0.95), weight_decay=0.1),
})
