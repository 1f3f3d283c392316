"""Files for tests/run/torch_file_test.cpp in which other things stand beside the weights, as training programs save them.
Run with torch 2.11 and numpy. The file of an unknown program is made as a class of a module that is nowhere."""

import argparse
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import json
import pathlib
import shutil
import sys
import types
import uuid
import zipfile

import numpy as np
import torch

here = pathlib.Path(__file__).parent / "weights_company"
shutil.rmtree(here, ignore_errors=True)
here.mkdir()
base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
weights = {"a.weight": base, "a.bias": base[0].clone()}

lost = types.ModuleType("lost_program")  # Whoever reads the files has no such module.
sys.modules["lost_program"] = lost


def of_lost(made):
    made.__module__, made.__qualname__ = "lost_program", made.__name__
    setattr(lost, made.__name__, made)
    return made


@of_lost
class Color(enum.Enum):
    red = 1


@of_lost
@dataclasses.dataclass
class Settings:
    lr: float = 0.1
    mean: torch.Tensor = None


@of_lost
class AttributeDict(dict):
    pass


@of_lost
class Slots:
    __slots__ = ("x",)

    def __init__(self):
        self.x = 1


@of_lost
class Named:  # made by arguments with names
    def __new__(cls, *, size):
        made = super().__new__(cls)
        made.size = size
        return made

    def __getnewargs_ex__(self):
        return (), {"size": self.size}


Point = of_lost(collections.namedtuple("Point", "x y"))

company = {
    "namespace": argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("/data"), sizes=torch.Size([1, 2])),
    "numpy": [np.float64(0.5), np.int64(3), np.bool_(True), np.dtype("float32"), np.arange(3), np.float32(1)],
    "torch": [torch.Size([2, 3]), torch.device("cpu"), torch.float16, torch.strided],
    "path": pathlib.PosixPath("runs/1"),
    "sets": [{1, 2}, frozenset({3}), set()],
    "dicts": [collections.OrderedDict(a=1), collections.defaultdict(list, {"x": [1]}), collections.Counter("aab")],
    "times": [datetime.datetime(2024, 2, 29, 12), datetime.date(2024, 1, 1), datetime.timedelta(days=1)],
    "numbers": [complex(1, 2), decimal.Decimal("1.5"), fractions.Fraction(1, 3), 10 ** 30, -(10 ** 25)],
    "others": [slice(1, 2), range(3), collections.deque([1, 2], 5), uuid.UUID(int=7), b"bytes", bytearray(b"array"),
               functools.partial(int, base=2), Color.red, Point(1, 2), Slots(), Named(size=3), int, ...],
    "settings": Settings(mean=torch.ones(3)),
    "hyper_parameters": AttributeDict(lr=0.1, nested=AttributeDict(depth=2)),
}
checkpoint = {"state_dict": weights, "epoch": 3, **company}
torch.save(checkpoint, here / "protocol2.pt")
torch.save(checkpoint, here / "protocol4.pt", pickle_protocol=4)
torch.save(checkpoint, here / "protocol5.pt", pickle_protocol=5)
torch.save(checkpoint, here / "legacy.pt", _use_new_zipfile_serialization=False)

# Among the weights themselves, as they are, and in a dict of a class of its own.
torch.save({**weights, "args": company["namespace"], "best": np.float64(0.9), "shape": torch.Size([4, 6])}, here / "among.pt")
torch.save(AttributeDict(weights), here / "own_dict.pt")
torch.save(AttributeDict(model=AttributeDict(weights), step=7), here / "own_dicts.pt")

# Tensors that carry attributes of Python.
tagged, parameter = base.clone(), torch.nn.Parameter(base + 1)
tagged.note, parameter.note = "frozen", "a group"
torch.save({"tagged": tagged, "parameter": parameter, "plain": base + 2}, here / "attributes.pt")

# Weights of kinds that are not read, where they are wanted and where they are not.
quantized = torch.quantize_per_tensor(base, 0.5, 0, torch.qint8)
torch.save({"w": base, "q": quantized}, here / "quantized.pt")
torch.save({"w": base, "s": torch.eye(3).to_sparse()}, here / "sparse.pt")
torch.save({"model": weights, "extra": [quantized, torch.eye(2, dtype=torch.complex64)]}, here / "quantized_beside.pt")

# Several files with an index, as transformers wrote them before safetensors.
shards = here / "shards"
shards.mkdir()
parts = {"pytorch_model-00001-of-00002.bin": {"a.weight": base}, "pytorch_model-00002-of-00002.bin": {"a.bias": base[0].clone()}}
for name, part in parts.items():
    torch.save(part, shards / name)
(shards / "pytorch_model.bin.index.json").write_text(json.dumps(
    {"metadata": {"total_size": 4 * (24 + 6)}, "weight_map": {key: name for name, part in parts.items() for key in part}},
    indent=2) + "\n")

# Seeds for fuzzing: the pickles alone.
corpus = pathlib.Path(__file__).parent.parent / "fuzz/corpus/torch_file"
for name in ("protocol2", "protocol5", "attributes", "own_dicts", "sparse"):
    archive = zipfile.ZipFile(here / f"{name}.pt")
    (corpus / f"company_{name}.pickle").write_bytes(b"P" + archive.read(f"{name}/data.pkl"))
