"""schedulefree's AdamWScheduleFree and SGDScheduleFree, in float64. Writes schedule_free.json beside this file.

"weights" are those that gradients are taken at, "averages" those of an evaluation.
"""

from schedulefree import AdamWScheduleFree, SGDScheduleFree

from trajectory import STEPS, gradient, start, store


def schedule_free(optimizer, decay_all=False, weight_decay=0.0, **options):
    parameters = {name: value.double().requires_grad_() for name, value in start().items()}
    groups = [{"params": [p], "weight_decay": weight_decay if decay_all or p.dim() > 1 else 0.0}
              for p in parameters.values()]
    made = optimizer(groups, **options)
    made.train()
    for step in range(STEPS):
        for k, parameter in enumerate(parameters.values()):
            parameter.grad = gradient(parameter.detach(), step, k)
        made.step()
    weights = {name: value.detach().flatten().tolist() for name, value in parameters.items()}
    made.eval()
    return {"weights": weights, "averages": {name: value.detach().flatten().tolist()
                                             for name, value in parameters.items()}}


store(__file__, {
    "adamw": schedule_free(AdamWScheduleFree, lr=0.02),
    "all": schedule_free(AdamWScheduleFree, decay_all=True, weight_decay=0.1, lr=0.03, betas=(0.8, 0.95), eps=1e-4,
                         r=1.0, weight_lr_power=1.0),
    "sgd": schedule_free(SGDScheduleFree, lr=0.5, momentum=0.9, weight_decay=0.05),
    "warmup": schedule_free(AdamWScheduleFree, lr=0.02, warmup_steps=20),
})
