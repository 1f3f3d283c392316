# The picture both sides draw, uint8 [3, 37, 50]; tests/data/pictures.h holds the same formula.

import torch


def picture():
    y, x = torch.meshgrid(torch.arange(37), torch.arange(50), indexing="ij")
    return torch.stack([(3 * x + 5 * y) % 256, (x * y) % 256, (200 - 4 * x + y) % 256]).to(torch.uint8)
