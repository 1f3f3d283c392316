# Reference pixels by Pillow and torchvision, for tests/data/image_folder_test.cpp and the tests of augmentations.
# usage: python images.py DATA_FOLDER > images.json   (Pillow 13.0, torchvision 0.26)

import io
import json
import sys
import tarfile

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2

out = {}

# CIFAR-10 test pictures: sums per channel and one row of pixels of the first of each class; split sums over all.
archive = tarfile.open(f"{sys.argv[1]}/cifar10-jpg/test.tar.gz")
names = sorted(m.name for m in archive.getmembers() if m.name.endswith(".jpg"))
out["count"] = len(names)
totals = np.zeros(3, np.int64)
first = {}
for name in names:
    pixels = np.asarray(Image.open(io.BytesIO(archive.extractfile(name).read())).convert("RGB")).astype(np.int64)
    totals += pixels.sum((0, 1))
    label = name.split("/")[1]
    if label not in first:
        first[label] = {"name": name, "sum": pixels.sum((0, 1)).tolist(), "row": pixels[5].T.tolist()}
out["totals"] = totals.tolist()
out["first"] = first

# Antialiased bilinear resize of a formula picture.
y, x = torch.meshgrid(torch.arange(37), torch.arange(50), indexing="ij")
picture = torch.stack([(3 * x + 5 * y) % 256, (x * y) % 256, (200 - 4 * x + y) % 256]).to(torch.uint8)
out["resize"] = {f"{h}x{w}": v2.functional.resize(picture, [h, w], antialias=True).tolist()
                 for h, w in ((12, 20), (60, 20), (74, 100))}

# Normalize of uint8 pictures, as to_dtype(scale=True) and normalize.
batch = torch.stack([picture, picture.flip(2)])[:, :, :6, :7].contiguous()
out["normalize"] = v2.functional.normalize(v2.functional.to_dtype(batch, torch.float32, scale=True),
                                           [0.4914, 0.4822, 0.4465], [0.247, 0.243, 0.261]).tolist()

# Padding of a random crop, every mode, 3 pixels on each side; the crop itself is a slice.
out["pad"] = {mode: v2.functional.pad(picture[:, :5, :6], [3, 3, 3, 3], fill=7, padding_mode=mode).tolist()
              for mode in ("constant", "edge", "reflect", "symmetric")}

# The middle of a picture, where it is larger and smaller than the crop.
out["center_crop"] = {f"{h}x{w}": v2.functional.center_crop(picture[:, :5, :6], [h, w]).tolist()
                      for h, w in ((2, 3), (3, 5), (4, 1), (7, 9), (8, 4), (5, 6))}
print(json.dumps(out))
