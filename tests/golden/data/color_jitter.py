# Pixels by torchvision, for tests/data/color_jitter_test.cpp and colors_test.cpp.
# usage: python color_jitter.py > color_jitter.json   (torchvision 0.26)

import json

import torch
from picture import picture
from torchvision.transforms.v2 import functional

small = picture()[:, 4:16, 5:18].contiguous()
deep = (small.to(torch.int32) * 257).to(torch.uint16)
unit = small.to(torch.float32) / 255
kinds = {"bytes": small, "deep": deep, "unit": unit, "grey": small[:1], "grey_unit": unit[:1]}
changes = {
    "brightness": (functional.adjust_brightness, (0.3, 1.6)),
    "contrast": (functional.adjust_contrast, (0.4, 1.7)),
    "saturation": (functional.adjust_saturation, (0.0, 1.8)),
    "hue": (functional.adjust_hue, (-0.3, 0.2)),
    "sharpness": (functional.adjust_sharpness, (0.0, 1.9)),
    "posterize": (functional.posterize, (2, 5)),
    "solarize": (functional.solarize, (0.5,)),
    "autocontrast": (functional.autocontrast, ()),
    "equalize": (functional.equalize, ()),
}


def changed(name, kind, amount):
    change, _ = changes[name]
    image = kinds[kind]
    if amount is None:
        return change(image)
    if name == "solarize":
        amount *= {torch.uint8: 255, torch.uint16: 65535}.get(image.dtype, 1)
    return change(image, amount)


out = {}
for name, (_, amounts) in changes.items():
    for kind in kinds:
        for amount in amounts or (None,):
            try:
                result = changed(name, kind, amount)
            except (RuntimeError, TypeError, NotImplementedError):
                continue  # torchvision lacks some of them for uint16.
            out[f"{name} {kind} {amount}"] = result.to(torch.float64).tolist()
print(json.dumps(out))
