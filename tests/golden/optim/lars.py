"""timm.optim.Lars. Writes lars.json beside this file."""

from timm.optim import Lars

from trajectory import store, torch_optim

store(__file__, {
    "plain": torch_optim(Lars, lr=0.1),
    "decayed": torch_optim(Lars, lr=0.5, momentum=0.9, dampening=0.2, weight_decay=0.01, trust_coeff=0.01, eps=1e-4),
    "nesterov": torch_optim(Lars, decay_all=True, lr=0.2, momentum=0.9, nesterov=True, weight_decay=0.01,
                            trust_coeff=0.02),
    "clipped": torch_optim(Lars, lr=0.1, momentum=0.9, trust_coeff=0.3, trust_clip=True, always_adapt=True),
})
