"""Writes tests/golden/safetensors/*.safetensors for tests/run/safetensors_test.cpp. Run with safetensors 0.8, torch 2.11."""

from pathlib import Path

import torch
from safetensors.torch import _TYPES, save_file

folder = Path(__file__).parent / "safetensors"
counting = torch.arange(6).reshape(2, 3)
save_file({name: counting.to(dtype) for name, dtype in _TYPES.items()}, folder / "types.safetensors")

save_file(
    {
        "layer.10.weight": torch.arange(24, dtype=torch.float32).reshape(2, 3, 4),
        "layer.9.weight": torch.full((1, 1, 1), 0.1),
        'quote " backslash \\ tab \t bell \x07': torch.tensor([7], dtype=torch.int64),
        "größe": torch.tensor(2.5, dtype=torch.float64),
        "empty": torch.empty(0, 3),
        "odd": torch.tensor([1, 2, 3], dtype=torch.uint8),
        "half": torch.tensor([1.5, -0.0, float("inf")], dtype=torch.bfloat16),
        "": torch.tensor([True, False]),
    },
    folder / "names.safetensors",
    metadata={"format": "pt"},
)
save_file({}, folder / "nothing.safetensors")
