"""The network of recipes/lstm_tiny_shakespeare.yaml in PyTorch: what its validation loss is compared with.

usage: lstm_tiny_shakespeare.py INPUT_TXT [--seed 1] [--steps 4000]
"""

import argparse
import math
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

CONTEXT, BATCH, WIDTH = 64, 32, 128


class Net(nn.Module):
    def __init__(self, characters):
        super().__init__()
        self.embedding = nn.Embedding(characters, WIDTH)
        self.lstm = nn.LSTM(WIDTH, WIDTH, batch_first=True)
        self.head = nn.Linear(WIDTH, characters)

    def forward(self, x):
        return self.head(self.lstm(self.embedding(x))[0])


def windows(tokens, stride):
    """[N, CONTEXT + 1], a window every `stride` tokens."""
    return tokens.unfold(0, CONTEXT + 1, stride)


def rate(step, steps, base=4e-3, low=1e-4, warmup=100):
    if step < warmup:
        return base * (step + 1) / warmup
    return low + (base - low) * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) / 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("input")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=4000)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    text = open(options.input, encoding="utf-8").read()
    characters = sorted(set(text))
    number = {c: i for i, c in enumerate(characters)}
    tokens = torch.tensor([number[c] for c in text])
    cut = int(len(tokens) * 0.9)
    train, val = windows(tokens[:cut], 1), windows(tokens[cut:], CONTEXT)
    net = Net(len(characters))
    decayed = [p for p in net.parameters() if p.dim() > 1]
    others = [p for p in net.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}])
    order, place, start = [], 0, time.time()
    for step in range(options.steps):
        if place + BATCH > len(order):
            order, place = numpy.random.RandomState(options.seed * 1000 + step).permutation(len(train)), 0
        batch = train[order[place : place + BATCH]]
        place += BATCH
        for group in optimizer.param_groups:
            group["lr"] = rate(step, options.steps)
        loss = F.cross_entropy(net(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % 500 == 0:
            with torch.no_grad():
                sums = sum(F.cross_entropy(net(b[:, :-1]).flatten(0, 1), b[:, 1:].flatten(), reduction="sum").item()
                           for b in val.split(64))  # fmt: skip
            print(f"step {step + 1}: validation {sums / val[:, 1:].numel():.4f} nats, {time.time() - start:.0f} s", flush=True)


main()
