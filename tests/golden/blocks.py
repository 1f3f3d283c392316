"""Results of torch.nn's layers for tests/nn: forward, gradients and initial weights. Run with torch 2.11."""

import torch
from torch import nn

from formula import fill, gradients, numbers, rounded, store, waves

cases = {}


def case(name, layer, shape, **more):
    fill(layer)
    x = numbers(shape).requires_grad_()
    output = layer(x)
    cases[name] = {
        "output": output,
        "gradients": gradients(layer, output),
        "input_gradient": x.grad,
        **{key: value() for key, value in more.items()},
    }


case("linear", nn.Linear(5, 4), (3, 5))
case("conv2d", nn.Conv2d(4, 6, (3, 2), stride=2, padding=1, dilation=2, groups=2), (2, 4, 7, 8))
case(
    "conv_transpose2d",
    nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=(1, 0), groups=2),
    (2, 4, 3, 4),
)
norm = nn.BatchNorm2d(3)
case(
    "batch_norm", norm, (2, 3, 4, 5),
    running_mean=lambda: norm.running_mean, running_var=lambda: norm.running_var,
)
case("batch_norm_eval", nn.BatchNorm1d(4).eval(), (3, 4))
case("layer_norm", nn.LayerNorm(6), (2, 3, 6))
case("group_norm", nn.GroupNorm(2, 4), (2, 4, 3, 3))
case("max_pool2d", nn.MaxPool2d(3, 2, 1), (2, 2, 7, 6))
case("avg_pool2d", nn.AvgPool2d(2), (2, 2, 7, 6))

embedding = fill(nn.Embedding(7, 3))
output = embedding(torch.tensor([[1, 2, 2], [6, 0, 1]]))
cases["embedding"] = {"output": output, "gradients": gradients(embedding, output)}

functions = {
    "relu": nn.ReLU(), "leaky_relu": nn.LeakyReLU(), "gelu": nn.GELU(), "gelu_tanh": nn.GELU("tanh"),
    "silu": nn.SiLU(), "tanh": nn.Tanh(), "sigmoid": nn.Sigmoid(), "elu": nn.ELU(),
}
cases["activations"] = {}
for name, function in functions.items():
    x = (3 * waves(8, 0.5)).float().requires_grad_()
    y = function(x)
    (y * waves(8, 2.0)).sum().backward()
    cases["activations"][name] = {"output": rounded(y), "input_gradient": rounded(x.grad)}

store(__file__, cases)
