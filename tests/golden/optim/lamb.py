"""LAMB, written down from algorithm 2 of You et al. 2020 with phi(z) = z, in float64. Writes lamb.json beside this file.

Where a layer's weights or its step are all zero the ratio is 1, as in the code of the authors.
"""

import numpy as np
import torch

from trajectory import STEPS, gradient, start, store


def lamb(lr, beta1=0.9, beta2=0.999, epsilon=1e-6, weight_decay=0.01, decay_all=False, zero=None):
    x = {name: value.double().numpy() for name, value in start().items()}
    if zero:
        x[zero] = np.zeros_like(x[zero])
    m = {name: np.zeros_like(value) for name, value in x.items()}
    v = {name: np.zeros_like(value) for name, value in x.items()}
    for t in range(1, STEPS + 1):
        for k, name in enumerate(x):
            g = gradient(torch.from_numpy(x[name]), t - 1, k).numpy()
            m[name] = beta1 * m[name] + (1 - beta1) * g
            v[name] = beta2 * v[name] + (1 - beta2) * g**2
            m_hat = m[name] / (1 - beta1**t)
            v_hat = v[name] / (1 - beta2**t)
            r = m_hat / (np.sqrt(v_hat) + epsilon)
            decay = weight_decay if decay_all or x[name].ndim > 1 else 0.0
            u = r + decay * x[name]
            weights, step = np.linalg.norm(x[name]), np.linalg.norm(u)
            ratio = weights / step if weights > 0 and step > 0 else 1.0
            x[name] = x[name] - lr * ratio * u
    return {name: value.flatten().tolist() for name, value in x.items()}


store(__file__, {
    "default": lamb(0.01),
    "all": lamb(0.02, beta1=0.8, beta2=0.95, epsilon=1e-4, weight_decay=0.1, decay_all=True),
    "zero": lamb(0.01, zero="a.bias"),
})
