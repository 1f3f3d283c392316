"""torch's LinearLR, for the warm-up. Writes schedule.json beside this file."""

from torch.optim.lr_scheduler import LinearLR

from rates import course, store

store(__file__, {
    "warmup": course(lambda optimizer: LinearLR(optimizer, start_factor=0.2, end_factor=1.0, total_iters=4), 6)[0],
})
