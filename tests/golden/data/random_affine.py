# Pixels by torchvision, for tests/data/random_affine_test.cpp and random_rotation_test.cpp.
# usage: python random_affine.py > random_affine.json   (torchvision 0.26)

import json

import torch
from picture import picture
from torchvision.transforms.v2 import InterpolationMode, functional

small = picture()[:, :11, :14].contiguous()
modes = {"nearest": InterpolationMode.NEAREST, "bilinear": InterpolationMode.BILINEAR}
out = {"affine": {}, "rotate": {}, "mask": {}}
cases = {"turn": (25.0, (0, 0), 1.0, (0.0, 0.0), None), "move": (0.0, (3, -2), 1.0, (0.0, 0.0), None),
         "all": (-17.0, (2, 1), 1.3, (11.0, -7.0), None), "corner": (40.0, (0, 0), 0.8, (0.0, 0.0), [2.0, 3.0])}
for mode, interpolation in modes.items():
    for name, (angle, translate, scale, shear, center) in cases.items():
        out["affine"][f"{name} {mode}"] = functional.affine(
            small, angle, list(translate), scale, list(shear), interpolation=interpolation, fill=[9.0, 99.0, 199.0],
            center=center).tolist()
    for angle in (0.0, 33.0, -120.0):
        out["rotate"][f"{angle} {mode}"] = functional.rotate(small, angle, interpolation=interpolation,
                                                             fill=0).tolist()
print(json.dumps(out))
