"""Sums over dsb2018-256 as Pillow decodes it, alpha left out, for tests/data/image_masks_test.cpp. Run with Pillow 13:
python image_masks.py FOLDER"""

import json
import pathlib
import sys

import numpy as np
from PIL import Image

folder = pathlib.Path(sys.argv[1])
masks = sum(int((np.asarray(Image.open(path)) == 255).sum()) for path in sorted(folder.glob("masks/*.png")))
colours = sum(int(np.asarray(Image.open(path))[..., :3].astype(int).sum()) for path in sorted(folder.glob("images/*.png")))
result = {"nucleus_pixels": masks, "brightness": colours}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
