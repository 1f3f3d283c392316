"""torch's MultiStepLR and StepLR. Writes step.json beside this file."""

from torch.optim.lr_scheduler import MultiStepLR, StepLR

from rates import course, store

store(__file__, {
    "milestones": course(lambda optimizer: MultiStepLR(optimizer, milestones=[2, 3], gamma=0.5), 6)[0],
    "every": course(lambda optimizer: StepLR(optimizer, step_size=2, gamma=0.5), 6)[0],
})
