"""Operations counted by torch.utils.flop_counter, for tests/tensor/operations_test.cpp and tests/models/operations_test.cpp.

Run with torch 2.11, torchvision 0.26 and transformers. FlopCounterMode knows the fused attention of GPUs but not the one
of CPUs, which it counts as nothing; here its own formulas for the former are told to it for the latter.
"""

import torch
from torch import nn
from torch.utils import flop_counter
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import resnet18
from torchvision.ops import MLP
from transformers import GPT2Config, GPT2LMHeadModel

from formula import store

aten = torch.ops.aten
for formula in (flop_counter.sdpa_flop, flop_counter.sdpa_backward_flop):
    formula._get_raw = True  # They take shapes from tensors themselves.
attention = {
    aten._scaled_dot_product_flash_attention_for_cpu: flop_counter.sdpa_flop,
    aten._scaled_dot_product_flash_attention_for_cpu_backward: flop_counter.sdpa_backward_flop,
}


def count(work):
    """Operations of work(), which gives a tensor, and of its backward pass."""
    with FlopCounterMode(display=False, custom_mapping=attention) as counter:
        output = work()
        forward = counter.get_total_flops()
        output.sum().backward()
    return [forward, counter.get_total_flops() - forward]


def model(network, *inputs):
    return count(lambda: network(*inputs))


def operator(function, *shapes):
    inputs = [torch.rand(shape, requires_grad=True) for shape in shapes]
    return count(lambda: function(*inputs))


cifar = resnet18(num_classes=7)
cifar.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
cifar.maxpool = nn.Identity()
config = GPT2Config(
    vocab_size=65, n_positions=64, n_embd=48, n_layer=3, n_head=4, attn_pdrop=0, embd_pdrop=0, resid_pdrop=0,
    attn_implementation="sdpa",
)
gpt = GPT2LMHeadModel(config)
tokens = torch.zeros(5, 64, dtype=torch.long)

store(__file__, {
    "models": {
        "resnet18": model(resnet18(num_classes=10), torch.rand(2, 3, 64, 48)),
        "resnet18_cifar": model(cifar, torch.rand(3, 3, 32, 32)),
        "mlp": model(MLP(20, [64, 32, 5], norm_layer=nn.BatchNorm1d, dropout=0.1), torch.rand(6, 20)),
        "gpt": count(lambda: gpt(tokens).logits),
    },
    "operators": {
        "conv1d": operator(lambda x, w: torch.conv1d(x, w, padding=2), (3, 4, 20), (6, 4, 5)),
        "conv2d": operator(lambda x, w, b: torch.conv2d(x, w, b, 2, 1), (3, 6, 9, 7), (8, 6, 3, 3), (8,)),
        "conv2d_groups": operator(lambda x, w: torch.conv2d(x, w, None, 1, 0, 2, 3), (3, 6, 9, 7), (12, 2, 3, 3)),
        "conv3d": operator(torch.conv3d, (2, 3, 6, 7, 8), (4, 3, 3, 3, 3)),
        "conv_transpose2d": operator(
            lambda x, w: torch.conv_transpose2d(x, w, None, 2, 1, 1), (3, 6, 9, 7), (6, 4, 4, 4)),
        "conv_transpose2d_groups": operator(
            lambda x, w: torch.conv_transpose2d(x, w, None, 2, 1, 0, 2), (3, 6, 9, 7), (6, 4, 4, 4)),
        "matmul": operator(torch.matmul, (2, 3, 4, 5), (3, 5, 6)),
        "matmul_rows": operator(torch.matmul, (2, 3, 5), (5, 6)),
        "linear": operator(torch.nn.functional.linear, (2, 3, 5), (6, 5), (6,)),
        "bmm": operator(torch.bmm, (2, 3, 5), (2, 5, 6)),
        "baddbmm": operator(torch.baddbmm, (2, 3, 6), (2, 3, 5), (2, 5, 6)),
        "addmm": operator(torch.addmm, (6,), (3, 5), (5, 6)),
        "einsum": operator(lambda a, b: torch.einsum("bhid,bhjd->bhij", a, b), (2, 3, 4, 5), (2, 3, 6, 5)),
        "einsum_chain": operator(
            lambda a, b, c: torch.einsum("ij,jk,kl->il", a, b, c), (3, 4), (4, 5), (5, 6)),
        "attention": operator(
            torch.nn.functional.scaled_dot_product_attention, (2, 4, 6, 8), (2, 4, 9, 8), (2, 4, 9, 8)),
    },
})
