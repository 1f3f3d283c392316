"""torch's ExponentialLR. Writes exponential.json beside this file."""

from torch.optim.lr_scheduler import ExponentialLR

from rates import course, store

store(__file__, {"rates": course(lambda optimizer: ExponentialLR(optimizer, gamma=0.9), 12)[0]})
