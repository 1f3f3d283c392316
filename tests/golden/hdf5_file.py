# Writes hdf5_file.h5 for tests/data/hdf5_test.cpp: good datasets of several types, and ones that must be refused.
# usage: python hdf5_file.py   (h5py 3.16)

import pathlib

import h5py
import numpy as np

here = pathlib.Path(__file__).parent
with h5py.File(here / "hdf5_file.h5", "w", libver="v110") as f:
    n = np.arange(12)
    f["train/pixels"] = (n[:, None] * 7 + np.arange(16)[None, :]).astype("u1").reshape(12, 1, 4, 4)
    f["train/label"] = (n % 3).astype("<i4")
    f["train/label_column"] = (n % 3).astype(">i8").reshape(12, 1)
    f.create_dataset("train/real", data=np.sin(np.arange(36).reshape(12, 3)).astype(">f8"), chunks=(4, 3),
                     compression="gzip", shuffle=True)
    f["train/value"] = np.cos(n).astype("f4")
    f["test/pixels"] = (200 + np.arange(32) % 50).astype("u1").reshape(2, 1, 4, 4)
    f["test/label"] = np.array([2, 0], "i1")
    f["train/pixels_last"] = np.moveaxis(f["train/pixels"][()].repeat(3, axis=1) + np.arange(3, dtype="u1")[:, None, None], 1, 3)
    f["train/series_last"] = np.arange(12 * 5 * 2, dtype="f4").reshape(12, 5, 2)
    f["train/flag"] = n % 3 == 1  # h5py writes booleans as an enumeration of FALSE and TRUE
    f["train/whole"] = (n % 3).astype("f8")
    f["train/kind"] = (n % 3).astype("<i2")
    kinds = h5py.enum_dtype({"ant": 0, "bee": 1, "cat": 2}, basetype=">i2")
    f.create_dataset("train/enumerated", data=(n % 3).astype(">i2"), dtype=kinds)
    f["train/seconds"] = 1.7e9 + 100 * n + np.arange(12) % 4  # of which 32 bits keep every 128th
    f["train/clocks"] = np.stack([n, 1.7e9 + 100 * n], 1)
    bad = f.create_group("bad")
    bad.create_dataset("lzf", data=np.arange(12.0), chunks=(12,), compression="lzf")
    bad["record"] = np.zeros(12, [("a", "f4"), ("b", "i4")])
    bad["type"] = np.dtype("f4")
    bad["half"] = np.array([0, 1, 1.5, 2] * 3)
    bad["nan"] = np.array([[1.0], [2.0], [np.nan]])
    bad["text"] = np.array([b"a", b"b"])
    bad["scalar"] = 1.0
    bad["empty"] = np.zeros((0, 3))
    bad["negative"] = np.array([0, 1, -1] * 4)
    bad["short"] = np.arange(11)
    bad["shape"] = np.zeros((2, 1, 4, 5), "u1")
    bad["fractions"] = np.linspace(0, 1, 12)
    bad["soft"] = h5py.SoftLink("/train/pixels")
    bad["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/x")
    bad.create_dataset("raw", (4,), "u1", external=[("/etc/passwd", 0, 4)])
    layout = h5py.VirtualLayout((2, 2), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (2, 2))
    bad.create_virtual_dataset("virtual", layout)
    bad.create_dataset("hollow", (1 << 12, 1 << 12), "f4", chunks=(1024, 1024))
    bad.create_dataset("huge", (1 << 40, 1 << 20), "f4", chunks=(1024, 1024))
