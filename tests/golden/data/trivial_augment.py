# Everything torchvision's TrivialAugmentWide can make of a small picture with two strengths, for
# tests/data/trivial_augment_test.cpp.
# usage: python trivial_augment.py > trivial_augment.json   (torchvision 0.26)

import json

import torch
from picture import picture
from torchvision.transforms import v2

trivial = v2.TrivialAugmentWide(num_magnitude_bins=2)
small = picture()[:, :9, :12].contiguous()
out = {}
for name, (magnitudes, signed) in trivial._AUGMENTATION_SPACE.items():
    values = magnitudes(2, 9, 12)
    values = [0.0] if values is None else [float(value) for value in values]
    out[name] = [
        trivial._apply_image_or_video_transform(small, name, sign * value, interpolation=trivial.interpolation,
                                                fill=trivial._fill).tolist()
        for value in values for sign in ((1, -1) if signed and value else (1,))]
print(json.dumps(out))
