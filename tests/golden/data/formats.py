# Writes formats.json for tests/data/formats_test.cpp: small BMP, WebP, TIFF and PNM pictures (hex) and what Pillow (13.0) says
# they show; of 16 bits the numbers that they are written from.
# usage: python formats.py

import io
import json
import pathlib

import numpy as np
from PIL import Image, ImageOps

random = np.random.default_rng(7)
rgb = random.integers(0, 256, (5, 7, 3)).astype(np.uint8)
grey = random.integers(0, 256, (5, 7)).astype(np.uint8)
deep = random.integers(0, 65536, (5, 7)).astype(np.uint16)
alpha = np.concatenate([rgb, random.integers(1, 256, (5, 7, 1)).astype(np.uint8)], 2)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


colour, plain = Image.fromarray(rgb), Image.fromarray(grey)
palette = colour.quantize(16)
turned = {274: 6}
files = {
    "bmp of colours": saved(colour, "BMP"),
    "bmp of greys": saved(plain, "BMP"),
    "bmp with a palette": saved(palette, "BMP"),
    "bmp of two colours": saved(plain.convert("1"), "BMP"),
    "webp": saved(colour, "WEBP", lossless=True),
    "webp with alpha": saved(Image.fromarray(alpha), "WEBP", lossless=True, exact=True),
    "tiff": saved(colour, "TIFF"),
    "tiff of greys": saved(plain, "TIFF"),
    "tiff packed": saved(colour, "TIFF", compression="tiff_lzw"),
    "tiff with alpha": saved(Image.fromarray(alpha), "TIFF"),
    "tiff turned": saved(colour, "TIFF", tiffinfo=turned),
    "ppm": saved(colour, "PPM"),
    "pgm": saved(plain, "PPM"),
    "pbm": saved(plain.convert("1"), "PPM"),
    "ppm in words": ("P3\n# a comment\n7 5\n255\n" + " ".join(map(str, rgb.ravel())) + "\n").encode(),
}
golden = {}
for name, data in files.items():
    shown = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    golden[name] = {"hex": data.hex(), "rgb": np.asarray(shown).transpose(2, 0, 1).tolist(), "alpha": "alpha" in name}
for name, data in {"tiff of 16 bits": saved(Image.fromarray(deep), "TIFF"),
                   "pgm of 16 bits": b"P5 7 5 65535\n" + deep.astype(">u2").tobytes()}.items():
    golden[name] = {"hex": data.hex(), "deep": deep[None].tolist()}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
