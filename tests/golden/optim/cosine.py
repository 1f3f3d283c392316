"""torch's CosineAnnealingLR. Writes cosine.json beside this file."""

from torch.optim.lr_scheduler import CosineAnnealingLR

from rates import course, store

store(__file__, {"rates": course(lambda optimizer: CosineAnnealingLR(optimizer, T_max=20, eta_min=0.01), 20)[0]})
