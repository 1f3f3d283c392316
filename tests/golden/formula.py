"""Weights and inputs that both sides compute from a formula, so that golden files hold results alone.

tests/golden.h holds the same formulas in C++.
"""

import json
import math
import pathlib

import torch


def waves(count, phase):
    """sin(phase + i * i mod 4999) for i = 0, 1, ..., in double: without the square every weight would have rank 2."""
    i = torch.arange(count)
    return torch.sin(phase + (i * i % 4999).double())


def fill(module):
    """Sets every parameter and buffer by its name: norms near 1, biases near 0, weights scaled by their fan-in."""
    with torch.no_grad():
        for name, tensor in list(module.named_parameters()) + list(module.named_buffers()):
            if not tensor.is_floating_point():
                continue
            wave = waves(tensor.numel(), sum(name.encode()) % 997).reshape(tensor.shape)
            if name.endswith("running_var"):
                wave = 1 + 0.5 * wave * wave
            elif tensor.dim() > 1:
                wave = wave * math.sqrt(2 / (tensor.numel() / tensor.shape[0]))
            elif name.endswith("weight"):
                wave = 1 + 0.1 * wave
            else:
                wave = 0.1 * wave
            tensor.copy_(wave)
    return module


def numbers(shape, phase=0.5):
    """An input of float32 numbers in [-1, 1]."""
    return waves(math.prod(shape), phase).reshape(shape).float()


def tokens(shape, vocabulary):
    """An input of int64 ids: (i * i + 3 * i) mod vocabulary."""
    i = torch.arange(math.prod(shape))
    return ((i * i + 3 * i) % vocabulary).reshape(shape)


def gradients(module, output):
    """Of sum(output * waves): for each parameter the norm of its gradient and its product with waves."""
    module.zero_grad()
    (output.double() * waves(output.numel(), 2.0).reshape(output.shape)).sum().backward()
    found = {}
    for name, parameter in module.named_parameters():
        gradient = parameter.grad.double()
        product = (gradient.flatten() * waves(gradient.numel(), 1.0)).sum()
        found[name] = [gradient.norm().item(), product.item()]
    return found


def rounded(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().flatten().tolist()
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    return float(f"{value:.8g}") if isinstance(value, float) else value


def store(script, cases):
    """Writes the cases beside the script, as JSON."""
    path = pathlib.Path(script).with_suffix(".json")
    path.write_text(json.dumps(rounded(cases), separators=(",", ":")).replace('},"', '},\n"') + "\n")
    print(path, path.stat().st_size, "bytes")
