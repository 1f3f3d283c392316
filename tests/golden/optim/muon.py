"""torch.optim.Muon on matrices and torch.optim.AdamW on the rest. Writes muon.json beside this file.

torch iterates in bfloat16, whose products differ between kinds of processor. "exact" and the cases after it are torch's
code with its one conversion to bfloat16 taken out.
"""

import contextlib
import unittest.mock

import torch

from trajectory import store, trajectory


def muon(adam_names=(), adam_lr=3e-4, betas=(0.9, 0.95), decay_all=False, weight_decay=0.1, **options):
    def make(parameters):
        hidden = [p for n, p in parameters.items() if p.dim() == 2 and n not in adam_names]
        rest = [p for n, p in parameters.items() if p.dim() != 2 or n in adam_names]
        groups = [{"params": [p], "weight_decay": weight_decay if decay_all or p.dim() > 1 else 0.0} for p in rest]
        return [torch.optim.Muon(hidden, weight_decay=weight_decay, **options),
                torch.optim.AdamW(groups, lr=adam_lr, betas=betas, eps=1e-10)]

    return trajectory(make)


@contextlib.contextmanager
def without_bfloat16():
    with unittest.mock.patch.object(torch.Tensor, "bfloat16", lambda tensor: tensor.clone()):
        yield


cases = {"bfloat16": muon(lr=0.01)}
with without_bfloat16():
    cases["exact"] = muon(lr=0.01)
    cases["plain_momentum"] = muon(lr=0.01, momentum=0.8, nesterov=False, decay_all=True, weight_decay=0.02)
    cases["companion"] = muon(adam_names=("c.weight",), adam_lr=0.02, betas=(0.8, 0.99), lr=0.01)
    cases["match_rms_adamw"] = muon(lr=0.01, adjust_lr_fn="match_rms_adamw", ns_steps=4, eps=1e-5,
                                    ns_coefficients=(2.0, -1.5, 0.5))
store(__file__, cases)
