"""torch's LinearLR. Writes linear.json beside this file."""

from torch.optim.lr_scheduler import LinearLR

from rates import course, store

store(__file__, {
    "whole": course(lambda optimizer: LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=20), 20)[0],
    "part": course(lambda optimizer: LinearLR(optimizer, start_factor=0.5, end_factor=0.9, total_iters=10), 20)[0],
})
