# Reference pixels by Pillow and torchvision, for tests/data/image_folder_test.cpp.
# usage: python image_folder.py DATA_FOLDER > image_folder.json   (Pillow 13.0, torchvision 0.26)

import io
import json
import sys
import tarfile

import numpy as np
from PIL import Image
from picture import picture
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
out["resize"] = {f"{h}x{w}": v2.functional.resize(picture(), [h, w], antialias=True).tolist()
                 for h, w in ((12, 20), (60, 20), (74, 100))}
print(json.dumps(out))
