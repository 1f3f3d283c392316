"""Loads what dlrun exported with the libraries whose names it uses, and writes files for dlrun to load.

usage: weights.py check KIND FOLDER    KIND: gpt, resnet18, resnet18_cifar, vit, gcn
       weights.py write FOLDER         resnet18.safetensors, resnet18.pt, resnet18_parallel.pth, vit.safetensors, vit_timm.safetensors, gpt2/ in shards
Run with torch 2.11, safetensors, transformers, timm and torchvision; torch_geometric where it is found.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file


def tensors(folder):
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return load_file(folder / "model.safetensors")
    files = sorted(set(json.loads(index.read_text())["weight_map"].values()))
    return {name: value for file in files for name, value in load_file(folder / file).items()}


def check_gpt(folder):
    from huggingface_hub import split_torch_state_dict_into_shards
    from transformers import AutoModelForCausalLM, GPT2LMHeadModel

    model, report = GPT2LMHeadModel.from_pretrained(folder, output_loading_info=True)
    assert not any(report.values()), report
    assert type(AutoModelForCausalLM.from_pretrained(folder)) is GPT2LMHeadModel
    assert model.lm_head.weight is model.transformer.wte.weight
    stored = tensors(folder)
    state = {name: value for name, value in model.state_dict().items() if name != "lm_head.weight"}
    assert state.keys() == stored.keys()
    for name, value in stored.items():
        assert torch.equal(value, state[name]), name
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    split = split_torch_state_dict_into_shards(state, filename_pattern="model{suffix}.safetensors", max_shard_size="100KB")
    assert split.is_sharded and split.tensor_to_filename == index["weight_map"]
    assert index["metadata"] == {"total_size": split.metadata["total_size"], "total_parameters": model.num_parameters()}
    model(torch.arange(8)[None])
    return f"transformers: {type(model).__name__}.from_pretrained, {len(stored)} tensors in {len(split.filename_to_tensors)} files"


def check_resnet18(folder):
    import timm
    import torchvision

    stored = tensors(folder)
    config = json.loads((folder / "config.json").read_text())
    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    for name, value in model.state_dict().items():
        assert torch.equal(value, stored[name]), name
    assert model.pretrained_cfg["label_names"] and len(model.pretrained_cfg["mean"]) == config["model_args"]["in_chans"]
    timm.create_model(config["architecture"], num_classes=config["num_classes"], **config["model_args"]).load_state_dict(stored)
    theirs = torchvision.models.resnet18(num_classes=config["num_classes"]).eval()
    channels = config["model_args"]["in_chans"]
    if channels != 3:
        theirs.conv1 = torch.nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
    theirs.load_state_dict(stored, strict=True)
    x = torch.randn(2, *config["pretrained_cfg"]["input_size"])
    assert torch.allclose(model(x), theirs(x), atol=1e-5)
    return f"timm: create_model('local-dir:...'); torchvision: load_state_dict(strict=True), {len(stored)} tensors"


def check_resnet18_cifar(folder):
    import torchvision

    assert not (folder / "config.json").exists()
    assert json.loads((folder / "dlrun.json").read_text())["reference"]["obstacle"]
    stored = tensors(folder)
    model = torchvision.models.resnet18(num_classes=10)
    model.conv1 = torch.nn.Conv2d(1, 64, 3, 1, 1, bias=False)
    model.maxpool = torch.nn.Identity()
    model.load_state_dict(stored, strict=True)
    return "torchvision: load_state_dict(strict=True) with conv1 and maxpool replaced"


def torchvision_vit(channels, side):
    from torchvision.models import VisionTransformer

    model = VisionTransformer(image_size=side, patch_size=7, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=64, num_classes=10)
    model.conv_proj = torch.nn.Conv2d(channels, 16, 7, 7)
    return model


def check_vit(folder):
    assert not (folder / "config.json").exists()
    reference = json.loads((folder / "dlrun.json").read_text())["reference"]
    assert reference["library"] == "torchvision" and "channels" in reference["obstacle"], reference
    stored = tensors(folder)
    model = torchvision_vit(1, 28)
    model.load_state_dict(stored, strict=True)
    return f"torchvision: load_state_dict(strict=True) with conv_proj replaced, {len(stored)} tensors"


def check_gcn(folder):
    try:
        from torch_geometric.nn.models import GCN
    except ImportError:
        return "skipped: no torch_geometric"
    reference = json.loads((folder / "dlrun.json").read_text())["reference"]
    assert reference["model"] == "GCN"
    model = GCN(in_channels=1433, hidden_channels=16, num_layers=2, out_channels=7)
    model.load_state_dict(tensors(folder), strict=True)
    return "torch_geometric: GCN.load_state_dict(strict=True)"


def write(folder):
    import torchvision
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(1)
    state = torchvision.models.resnet18(num_classes=10).state_dict()
    state["conv1.weight"] = state["conv1.weight"][:, :1].contiguous()
    save_file(state, folder / "resnet18.safetensors")
    torch.save(state, folder / "resnet18.pt")
    torch.save({"state_dict": {f"module.{name}": value for name, value in state.items()}, "epoch": 3},
               folder / "resnet18_parallel.pth", _use_new_zipfile_serialization=False)
    save_file(torchvision_vit(1, 56).state_dict(), folder / "vit.safetensors")
    from timm.models.vision_transformer import VisionTransformer

    model = VisionTransformer(img_size=28, patch_size=7, in_chans=1, embed_dim=16, depth=2, num_heads=2, num_classes=10)
    save_file(model.state_dict(), folder / "vit_timm.safetensors")
    config = GPT2Config(vocab_size=65, n_positions=64, n_embd=32, n_layer=2, n_head=4, bos_token_id=None, eos_token_id=None)
    GPT2LMHeadModel(config).save_pretrained(folder / "gpt2", max_shard_size="50KB")
    return "written"


if __name__ == "__main__":
    if sys.argv[1] == "write":
        print(write(pathlib.Path(sys.argv[2])))
    else:
        print(globals()[f"check_{sys.argv[2]}"](pathlib.Path(sys.argv[3])))
