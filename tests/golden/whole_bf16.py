"""Trainings in bfloat16 with updates in float32 for tests/step/whole_bf16_test.cpp. Run with torch 2.11 and transformers."""

import torch
from torch import nn
from torchvision.ops import MLP
from transformers import GPT2Config, GPT2LMHeadModel

from formula import fill, numbers, store, tokens


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = MLP(12, [8, 6, 5], norm_layer=nn.LayerNorm)

    def forward(self, x):
        return self.layers(x.flatten(1))


def train(network, answer, target, steps=20):
    """Losses of 20 steps of AdamW: a network of bfloat16 whose weights are rounded anew from those in float32."""
    wide = [parameter.detach().clone().requires_grad_() for parameter in network.parameters()]
    network.bfloat16()
    optimizer = torch.optim.AdamW(wide, lr=0.01, weight_decay=0.0)
    losses = []
    for _ in range(steps):
        network.zero_grad()
        loss = nn.functional.cross_entropy(answer(network).float(), target)
        loss.backward()
        for parameter, copy in zip(network.parameters(), wide):
            copy.grad = parameter.grad.float()
        optimizer.step()
        with torch.no_grad():
            for parameter, copy in zip(network.parameters(), wide):
                parameter.copy_(copy)
        losses.append(loss.item())
    return {"losses": losses, "weights": [copy.double().norm().item() for copy in wide]}


pictures = numbers((16, 3, 2, 2)).bfloat16()
config = GPT2Config(
    vocab_size=11, n_positions=12, n_embd=16, n_layer=2, n_head=4, attn_pdrop=0, embd_pdrop=0, resid_pdrop=0
)
ids = tokens((4, 10), 11)
store(__file__, {
    "mlp": train(fill(Perceptron()), lambda network: network(pictures), tokens((16,), 5)),
    "gpt": train(fill(GPT2LMHeadModel(config)), lambda network: network(ids[:, :-1]).logits.flatten(0, 1), ids[:, 1:].flatten()),
})
