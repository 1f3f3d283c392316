# Writes images.json for tests/data/images_test.cpp: small pictures of every kind (hex), and what other programs say they show:
# Pillow (13.0) for JPEG and for how pictures are turned, numpy for the PNGs, whose numbers are those they are written from.
# usage: python images.py

import io
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

random = np.random.default_rng(1)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(numbers, bits, colour, chunks=b"", interlaced=False):
    """numbers [H, W, K] as they are to be stored; colour as in the header of PNG."""
    height, width, _ = numbers.shape

    def rows(part):
        if part.size == 0:
            return b""
        if bits == 16:
            lines = part.astype(">u2").reshape(part.shape[0], -1).view("u1")
        elif bits == 8:
            lines = part.astype("u1").reshape(part.shape[0], -1)
        else:
            each = np.unpackbits(part.astype("u1").reshape(part.shape[0], -1, 1), axis=2)[..., 8 - bits:]
            lines = np.packbits(each.reshape(part.shape[0], -1), axis=1)
        return b"".join(b"\0" + line.tobytes() for line in lines)

    if interlaced:  # Adam7
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        data = b"".join(rows(numbers[y::dy, x::dx]) for y, x, dy, dx in passes)
    else:
        data = rows(numbers)
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunks + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def grey(rgb):
    return np.rint(rgb @ np.array([0.299, 0.587, 0.114])).astype(int)


def planes(pixels):
    return np.moveaxis(np.asarray(pixels).astype(int), 2, 0).tolist()


def kind(data, rgb, of_grey=None, **more):
    """rgb [H, W, 3]"""
    return {"hex": data.hex(), "rgb": planes(rgb), "grey": planes((grey(rgb) if of_grey is None else of_grey)[..., None]), **more}


def main():
    size = (5, 7)
    rgb, alpha = random.integers(0, 256, (*size, 3)), random.integers(0, 256, (*size, 1))
    one, deep = random.integers(0, 256, (*size, 1)), random.integers(0, 65536, (*size, 3))
    repeated = lambda numbers: numbers.repeat(3, axis=2)
    palette, places = random.integers(0, 256, (16, 3)), random.integers(0, 16, (*size, 1))
    plte = chunk(b"PLTE", palette.astype("u1").tobytes())
    profile = chunk(b"iCCP", b"odd\0\0" + zlib.compress(b"no profile at all"))
    kinds = {
        "rgb": kind(png(rgb, 8, 2), rgb),
        "rgb_gamma": kind(png(rgb, 8, 2, chunk(b"gAMA", struct.pack(">I", 45455))), rgb),
        "rgb_srgb": kind(png(rgb, 8, 2, chunk(b"sRGB", b"\0") + chunk(b"gAMA", struct.pack(">I", 100000))), rgb),
        "rgb_profile": kind(png(rgb, 8, 2, profile), rgb),
        "rgb_interlaced": kind(png(rgb, 8, 2, interlaced=True), rgb),
        "rgba": kind(png(np.concatenate([rgb, alpha], 2), 8, 6), rgb, alpha=True),
        "rgb_transparent": kind(png(rgb, 8, 2, chunk(b"tRNS", struct.pack(">3H", *rgb[0, 0]))), rgb, alpha=True),
        "grey": kind(png(one, 8, 0), repeated(one), one[..., 0]),
        "grey_gamma": kind(png(one, 8, 0, chunk(b"gAMA", struct.pack(">I", 45455))), repeated(one), one[..., 0]),
        "grey_alpha": kind(png(np.concatenate([one, alpha], 2), 8, 4), repeated(one), one[..., 0], alpha=True),
        "grey_1": kind(png(one % 2, 1, 0), repeated(one % 2 * 255), one[..., 0] % 2 * 255),
        "grey_2_interlaced": kind(png(one % 4, 2, 0, interlaced=True), repeated(one % 4 * 85), one[..., 0] % 4 * 85),
        "grey_4": kind(png(one % 16, 4, 0), repeated(one % 16 * 17), one[..., 0] % 16 * 17),
        "palette": kind(png(places, 4, 3, plte), palette[places[..., 0]]),
        "palette_alpha": kind(png(places, 8, 3, plte + chunk(b"tRNS", bytes(range(9)))), palette[places[..., 0]], alpha=True),
    }
    deep_kinds = {
        "rgb_16": kind(png(deep, 16, 2), deep),
        "rgb_16_interlaced": kind(png(deep, 16, 2, chunk(b"gAMA", struct.pack(">I", 45455)), True), deep),
        "grey_16": kind(png(deep[..., :1], 16, 0), repeated(deep[..., :1]), deep[..., 0]),
        "grey_alpha_16": kind(png(deep[..., :2], 16, 4), repeated(deep[..., :1]), deep[..., 0], alpha=True),
    }

    # Smooth, so that little is lost; sides that are no multiples of 8.
    y, x = np.mgrid[0:21, 0:13]
    photo = Image.fromarray(np.stack([x * 17, y * 11, 255 - x * 9 - y * 6], 2).clip(0, 255).astype("u1"))
    jpegs = {}
    for name, options in {"plain": {}, "progressive": {"progressive": True}, "halved": {"subsampling": 2},
                          "restarts": {"restart_marker_blocks": 1}}.items():
        data = jpeg(photo, quality=92, **{"subsampling": 0, **options})
        jpegs[name] = kind(data, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    data = jpeg(photo.convert("L"), quality=92)
    jpegs["grey"] = kind(data, repeated(np.asarray(Image.open(io.BytesIO(data)))[..., None]))
    data = jpeg(photo.convert("CMYK"), quality=92)
    jpegs["ink"] = kind(data, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))

    shown = {}
    plain = Image.open(io.BytesIO(bytes.fromhex(jpegs["plain"]["hex"])))
    for orientation in range(1, 9):
        turned = plain.copy()
        turned.getexif()[274] = orientation
        shown[str(orientation)] = planes(np.asarray(ImageOps.exif_transpose(turned)))

    # Sixteen blocks of noise in one scan, to be damaged.
    noise = Image.fromarray(random.integers(0, 256, (32, 32)).astype("u1"))
    whole = {"plain": jpeg(noise, quality=75).hex(), "progressive": jpeg(noise, quality=75, progressive=True).hex(),
             "restarts": jpeg(noise, quality=75, restart_marker_blocks=2).hex()}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"png": kinds, "deep": deep_kinds, "jpeg": jpegs, "shown": shown, "noise": whole},
                               separators=(",", ":")) + "\n")


main()
