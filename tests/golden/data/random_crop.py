# Pixels by torchvision, for tests/data/random_crop_test.cpp.
# usage: python random_crop.py > random_crop.json   (torchvision 0.26)

import json

from picture import picture
from torchvision.transforms.v2 import functional

small = picture()[:, :5, :6]
out = {}
# Padding, every mode, 3 pixels on each side; the crop itself is a slice.
out["pad"] = {mode: functional.pad(small, [3, 3, 3, 3], fill=7, padding_mode=mode).tolist()
              for mode in ("constant", "edge", "reflect", "symmetric")}
# The middle of a picture, where it is larger and smaller than the crop.
out["center_crop"] = {f"{h}x{w}": functional.center_crop(small, [h, w]).tolist()
                      for h, w in ((2, 3), (3, 5), (4, 1), (7, 9), (8, 4), (5, 6))}
print(json.dumps(out))
