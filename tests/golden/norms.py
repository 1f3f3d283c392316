# Weights under a spectral norm and under weight norm, and the norms of activations, by torch, for
# tests/nn/parametrization_test.cpp and norm_test.cpp.
# usage: python norms.py > norms.json   (torch 2.11)

import json

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

from formula import numbers, waves


def listed(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().double().flatten().tolist()]


def unit(length, phase):
    vector = waves(length, phase).float()
    return vector / vector.norm()


def passes(layer, shape):
    """Two passes in training, with gradients of sum(output * waves), and one in evaluation."""
    found = []
    for training in (True, True, False):
        layer.train(training)
        for parameter in layer.parameters():
            parameter.grad = None
        x = numbers(shape).requires_grad_()
        output = layer(x)
        (output.double() * waves(output.numel(), 2.0).reshape(output.shape)).sum().backward()
        found.append({
            "output": listed(output), "input": listed(x.grad),
            "gradients": {name: listed(parameter.grad) for name, parameter in layer.named_parameters()},
            "buffers": {name: listed(buffer) for name, buffer in layer.named_buffers()},
        })
    return found


def layers():
    torch.manual_seed(0)
    yield "linear", nn.Linear(5, 4), (3, 5)
    yield "conv", nn.Conv2d(2, 3, (3, 2)), (2, 2, 5, 4)
    yield "transpose", nn.ConvTranspose2d(3, 2, 3), (2, 3, 3, 4)


def filled(layer):
    """Weights by formula, as numbers(shape, phase) in tests/golden.h."""
    with torch.no_grad():
        layer.weight.copy_(numbers(layer.weight.shape, 0.3))
        layer.bias.copy_(numbers(layer.bias.shape, 0.7))
    return layer


def spectral():
    found = {}
    for name, layer, shape in layers():
        for iterations in (1, 3):
            normed = spectral_norm(filled(type(layer)(*arguments(layer))), n_power_iterations=iterations)
            norm = normed.parametrizations.weight[0]
            norm._u.copy_(unit(norm._u.numel(), 0.1))
            norm._v.copy_(unit(norm._v.numel(), 0.2))
            found[f"{name}_{iterations}"] = passes(normed, shape)
    return found


def arguments(layer):
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    return layer.in_channels, layer.out_channels, layer.kernel_size


def lengths():
    found = {}
    for name, layer, shape in layers():
        for dim in (0, 1, -1):
            found[f"{name}_{dim}"] = passes(weight_norm(filled(type(layer)(*arguments(layer))), dim=dim), shape)
    return found


def norms():
    found = {}
    for name, layer, shape in (
            ("rms", nn.RMSNorm(6), (2, 3, 6)), ("rms_eps", nn.RMSNorm(6, eps=0.1), (2, 3, 6)),
            ("instance", nn.InstanceNorm2d(3, affine=True), (2, 3, 4, 5)),
            ("instance1d", nn.InstanceNorm1d(3, affine=True), (2, 3, 7))):
        with torch.no_grad():
            layer.weight.copy_(1 + 0.1 * numbers(layer.weight.shape, 0.3))
            if getattr(layer, "bias", None) is not None:
                layer.bias.copy_(0.1 * numbers(layer.bias.shape, 0.7))
        found[name] = passes(layer, shape)[0]
    return found


print(json.dumps({"spectral": spectral(), "lengths": lengths(), "norms": norms()}))
