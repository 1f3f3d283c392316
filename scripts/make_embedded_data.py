#!/usr/bin/env python3
"""Makes recipes/data/fashion_mnist_small from the original files: the first images of every class, in their order.

usage: scripts/make_embedded_data.py FOLDER_WITH_FASHION_MNIST
"""
import gzip
import pathlib
import struct
import sys

source = pathlib.Path(sys.argv[1])
target = pathlib.Path(__file__).resolve().parent.parent / "recipes/data/fashion_mnist_small"
PER_CLASS = {"train": 800, "t10k": 200}

for part, count in PER_CLASS.items():
    images = gzip.decompress((source / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((source / f"{part}-labels-idx1-ubyte.gz").read_bytes())[8:]
    left = dict.fromkeys(range(10), count)
    chosen = []
    for index, label in enumerate(labels):
        if left[label]:
            left[label] -= 1
            chosen.append(index)
    pixels = b"".join(images[16 + 784 * i : 16 + 784 * (i + 1)] for i in chosen)
    header = struct.pack(">IIII", 0x803, len(chosen), 28, 28)
    files = {
        f"{part}-images-idx3-ubyte.gz": header + pixels,
        f"{part}-labels-idx1-ubyte.gz": struct.pack(">II", 0x801, len(chosen)) + bytes(labels[i] for i in chosen),
    }
    for name, content in files.items():
        (target / name).write_bytes(gzip.compress(content, 9, mtime=0))

# A little of it once more as HDF5, for recipes/mlp_hdf5.yaml. Needs h5py and numpy.
try:
    import h5py
    import numpy
except ImportError:
    sys.exit(0)
with h5py.File(target.parent / "fashion_mnist_tiny.h5", "w", libver="earliest", track_order=False) as file:
    for part, split, count in (("train", "train", 400), ("t10k", "test", 100)):
        pixels = gzip.decompress((target / f"{part}-images-idx3-ubyte.gz").read_bytes())[16:]
        labels = gzip.decompress((target / f"{part}-labels-idx1-ubyte.gz").read_bytes())[8:]
        images = numpy.frombuffer(pixels, numpy.uint8).reshape(-1, 1, 28, 28)[:count]
        file.create_dataset(f"{split}/images", data=images, compression="gzip", compression_opts=9, track_times=False)
        file.create_dataset(f"{split}/labels", data=numpy.frombuffer(labels, numpy.uint8)[:count].astype("int64"),
                            track_times=False)
