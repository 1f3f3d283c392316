"""Updates of deep Q-learning as PyTorch code writes them, for tests/tasks/dqn_test.cpp. Run with torch 2.11."""

import torch
import torch.nn.functional as F
from torch import nn

from formula import fill, gradients, numbers, store, tokens


class Mlp(nn.Module):
    """dlrun's mlp with widths [6, 5]."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(4, 6), nn.Tanh(), nn.Dropout(0), nn.Linear(6, 5), nn.Tanh(), nn.Dropout(0), nn.Linear(5, 3))

    def forward(self, x):
        return self.layers(x)


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.online, self.target = Mlp(), Mlp()


pair = fill(Pair())
before, after = numbers((7, 4)), numbers((7, 4), 1.1)
action, reward = tokens((7,), 3), 3 * numbers((7,), 2.5)
ended = torch.tensor([0, 1, 0, 0, 1, 0, 0.0])


def loss(double, compare):
    with torch.no_grad():
        worth = pair.target(after)
        best = pair.online(after).argmax(1) if double else worth.argmax(1)
        aim = reward + 0.9 * (1 - ended) * worth[torch.arange(7), best]
    return compare(pair.online(before)[torch.arange(7), action], aim)


cases = {}
for name, double, compare in [("mse", False, F.mse_loss), ("double_mse", True, F.mse_loss),
                              ("huber", False, F.smooth_l1_loss), ("double_huber", True, F.smooth_l1_loss)]:
    value = loss(double, compare)
    cases[name] = {"loss": value.item(), "gradients": gradients(pair.online, value)}
print({name: case["loss"] for name, case in cases.items()})
store(__file__, cases)
