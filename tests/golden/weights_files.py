"""Files for tests/run/{torch_file,weights_file}_test.cpp and seeds for tests/fuzz: what torch.save, safetensors and
transformers write. Run with torch 2.11, safetensors and transformers. No file here is ever loaded: the hostile pickle is
put together as bytes."""

import io
import json
import pathlib
import shutil
import struct
import zipfile

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

from formula import fill

here = pathlib.Path(__file__).parent / "weights"
shutil.rmtree(here, ignore_errors=True)
here.mkdir()
count = torch.arange(6).reshape(2, 3)

# Every type torch.save writes with a storage class of its own, and those it writes by name.
types = {str(t).removeprefix("torch."): count.to(t) for t in (
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint8, torch.bool)}
newer = {str(t).removeprefix("torch."): count.to(t) for t in (torch.uint16, torch.uint32, torch.float8_e4m3fn)}
torch.save({**types, **newer}, here / "types.pt")
torch.save(types, here / "types_legacy.pt", _use_new_zipfile_serialization=False)

base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
views = {
    "base": base, "transposed": base.t(), "columns": base[:, 1:4:2], "row": base[2], "one": base[3, 5],
    "expanded": base[0, :1].expand(3, 1), "empty": torch.empty(0, 3), "parameter": torch.nn.Parameter(base[1]),
}
for legacy in (False, True):
    torch.save(views, here / f"views{'_legacy' * legacy}.pt", _use_new_zipfile_serialization=not legacy)
torch.save(types, here / "protocol4.pt", pickle_protocol=4)

module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
fill(module)
torch.save(module.state_dict(), here / "state_dict.pt")  # an OrderedDict with attributes
module(torch.eye(2)).sum().backward()
optimizer = torch.optim.AdamW(module.parameters())
optimizer.step()
fill(module)
torch.save({"state_dict": module.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "lr": 0.5,
            "name": "run", "done": None}, here / "checkpoint.pt")
torch.save({"model": {"encoder": {"w": base}}, "ema": {"w": base + 1}}, here / "nested.pt")
torch.save({"w": base, "step": 7, "history": [1, 2.5]}, here / "mixed.pt")
torch.save([base, base], here / "list.pt")
torch.save({"epoch": 1}, here / "no_tensors.pt")
torch.save({"z": count.to(torch.complex64)}, here / "complex.pt")
torch.save({"w": torch.view_as_complex(base.reshape(12, 2)).conj().imag}, here / "negated.pt")  # its bytes are -w
torch.save(module, here / "whole_module.pt")


def with_pickle(name, pickle):
    """The archive of views.pt around another pickle."""
    source = zipfile.ZipFile(here / "views.pt")
    with zipfile.ZipFile(here / name, "w") as target:
        for entry in source.infolist():
            target.writestr(entry.filename, pickle if entry.filename.endswith("data.pkl") else source.read(entry))


command = b"touch dlrun_was_here"
with_pickle("hostile_reduce.pt", b"\x80\x02cposix\nsystem\nX" + struct.pack("<I", len(command)) + command + b"\x85R.")
with_pickle("hostile_stack_global.pt", b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.")
with_pickle("hostile_instance.pt", b"\x80\x02(X" + struct.pack("<I", len(command)) + command + b"ios\nsystem\n.")

# The same tensors as from a machine of the other byte order: their bytes swapped, as the file says.
little = zipfile.ZipFile(here / "types.pt")
widths = {"float32": 4, "float64": 8, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2, "uint16": 2,
          "uint32": 4}
keys = {str(i): widths.get(name, 1) for i, name in enumerate({**types, **newer})}
with zipfile.ZipFile(here / "types_big_endian.pt", "w") as target:
    for entry in little.infolist():
        content = little.read(entry)
        if entry.filename.endswith("byteorder"):
            content = b"big"
        elif "/data/" in entry.filename:
            width = keys[entry.filename.rsplit("/", 1)[1]]
            content = b"".join(content[i:i + width][::-1] for i in range(0, len(content), width))
        target.writestr(entry.filename, content)

# A small GPT-2 in shards, as transformers writes it; and as older versions named it, with masks and a tied head.
config = GPT2Config(vocab_size=11, n_positions=12, n_embd=16, n_layer=2, n_head=4, bos_token_id=None, eos_token_id=None)
model = GPT2LMHeadModel(config)
fill(model)
model.save_pretrained(here / "gpt2_shards", max_shard_size="10KB")
old = {name.removeprefix("transformer."): value for name, value in model.state_dict().items() if name != "lm_head.weight"}
for layer in range(2):
    old[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(12, 12, dtype=torch.bool)).view(1, 1, 12, 12)
    old[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
save_file(old, here / "gpt2_old_names.safetensors")
torch.save(model.state_dict(), here / "gpt2_tied.bin")
for name in ("generation_config.json",):
    (here / "gpt2_shards" / name).unlink(missing_ok=True)

# Seeds for fuzzing.
corpus = pathlib.Path(__file__).parent.parent / "fuzz/corpus"
for name in ("types", "types_legacy", "views", "views_legacy", "checkpoint", "nested", "protocol4", "hostile_reduce"):
    shutil.copy(here / f"{name}.pt", corpus / "torch_file" / f"{name}.pt")
for name in ("types", "views", "checkpoint", "nested", "mixed", "protocol4"):
    archive = zipfile.ZipFile(here / f"{name}.pt")
    (corpus / "torch_file" / f"{name}.pickle").write_bytes(b"P" + archive.read(f"{name}/data.pkl"))
for name in ("types", "names", "nothing"):
    shutil.copy(here.parent / "safetensors" / f"{name}.safetensors", corpus / "safetensors")
shutil.copy(here / "gpt2_shards/model.safetensors.index.json", corpus / "index" / "gpt2.json")
(corpus / "index" / "small.json").write_text(json.dumps({"metadata": {}, "weight_map": {"a": "b.safetensors"}}))
