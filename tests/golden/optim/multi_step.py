"""torch's MultiStepLR. Writes multi_step.json beside this file."""

from torch.optim.lr_scheduler import MultiStepLR

from rates import course, store

store(__file__, {"rates": course(lambda optimizer: MultiStepLR(optimizer, milestones=[2, 3], gamma=0.5), 6)[0]})
