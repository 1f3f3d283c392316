"""transformers' get_inverse_sqrt_schedule. Writes inverse_sqrt.json beside this file.

Its first rate, of step 0 of the warm-up, is 0; ours is one step further (tests/optim/schedule_test.cpp).
"""

from transformers import get_inverse_sqrt_schedule

from rates import course, store

store(__file__, {
    "warmup": course(lambda optimizer: get_inverse_sqrt_schedule(optimizer, num_warmup_steps=8), 40)[0],
    "timescale": course(lambda optimizer: get_inverse_sqrt_schedule(optimizer, num_warmup_steps=8, timescale=20),
                        40)[0],
    "none": course(lambda optimizer: get_inverse_sqrt_schedule(optimizer, num_warmup_steps=0), 40)[0],
})
