"""Twelve small pictures of bright ellipses on a dark ground, and masks that say where they are: for recipes of tests.
Writes the folder ellipses beside this file. Run with Pillow 13 and numpy 2.4."""

import csv
import pathlib

import numpy as np
from PIL import Image

folder = pathlib.Path(__file__).with_name("ellipses")
height, width = 28, 36
y, x = np.mgrid[:height, :width]
random = np.random.default_rng(3)
rows = []
for part in ("images", "masks"):
    (folder / part).mkdir(parents=True, exist_ok=True)
for number in range(12):
    mask = np.zeros((height, width), bool)
    for _ in range(random.integers(1, 4)):
        top, left = random.uniform(4, height - 4), random.uniform(4, width - 4)
        tall, wide = random.uniform(3, 7, 2)
        mask |= ((y - top) / tall) ** 2 + ((x - left) / wide) ** 2 < 1
    picture = 8 * (np.where(mask, 18, 5) + random.integers(0, 4, mask.shape))  # few values: small files
    Image.fromarray(np.stack([picture, picture // 2, picture], -1).astype(np.uint8)).save(
        folder / f"images/{number:02}.png", optimize=True)
    Image.fromarray((255 * mask).astype(np.uint8)).save(folder / f"masks/{number:02}.png", optimize=True)
    rows.append([f"{number:02}", "test" if number >= 10 else "val" if number >= 8 else "train"])
with open(folder / "split.csv", "w", newline="") as file:
    csv.writer(file, lineterminator="\n").writerows([["id", "split"], *rows])
