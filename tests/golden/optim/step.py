"""torch's StepLR. Writes step.json beside this file."""

from torch.optim.lr_scheduler import StepLR

from rates import course, store

store(__file__, {"rates": course(lambda optimizer: StepLR(optimizer, step_size=2, gamma=0.5), 6)[0]})
