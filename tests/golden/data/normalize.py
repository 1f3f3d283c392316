# Pixels by torchvision, for tests/data/normalize_test.cpp.
# usage: python normalize.py > normalize.json   (torchvision 0.26)

import json

import torch
from picture import picture
from torchvision.transforms.v2 import functional

# As to_dtype(scale=True) and normalize do it.
batch = torch.stack([picture(), picture().flip(2)])[:, :, :6, :7].contiguous()
pixels = functional.to_dtype(batch, torch.float32, scale=True)
print(json.dumps({"normalize": functional.normalize(pixels, [0.4914, 0.4822, 0.4465], [0.247, 0.243, 0.261]).tolist()}))
