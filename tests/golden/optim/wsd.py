"""transformers' get_wsd_schedule. Writes wsd.json beside this file.

Its first rate, of step 0 of the warm-up, is 0; ours is one step further (tests/optim/schedule_test.cpp).
"""

from transformers import get_wsd_schedule

from rates import course, store


def rates(**options):
    return course(lambda optimizer: get_wsd_schedule(optimizer, num_warmup_steps=10, num_training_steps=60, **options),
                  60)[0]


store(__file__, {
    "cosine": rates(num_decay_steps=10, decay_type="cosine"),
    "linear": rates(num_decay_steps=25, decay_type="linear", min_lr_ratio=0.1),
    "root": rates(num_decay_steps=20, decay_type="1-sqrt"),
})
