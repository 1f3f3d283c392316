"""Files of torch.onnx's legacy exporter, through dlrun, beside onnxruntime and the network itself.

usage: onnx_foreign.py DLRUN WORK    Needs torch, torchvision, onnx, onnxruntime, safetensors. Prints a Markdown table; exits
1 on a difference.

Weights are random, statistics of batch norms too, so that nothing cancels. One network is also evaluated by `dlrun eval
FILE --recipe` on pictures that come with the project, against torch on the same pictures.
"""

import gzip
import json
import pathlib
import subprocess
import sys
import warnings

import numpy
import onnx
import onnxruntime
import torch
import torchvision
from safetensors.numpy import load_file, save_file

warnings.filterwarnings("ignore")
PROGRAM, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
TOLERANCE = 1e-4
RECIPE = """version: 1
name: foreign
task: classification
data: {type: idx, path: recipes/data/fashion_mnist_small, val: {split: 0.1}}
architecture: resnet18
augmentation: [{type: normalize, mean: [0.286], std: [0.353]}]
optimizer: {type: sgd, lr: 0.1}
trainer: {batch_size: 64, eval_batch_size: 100}
hardware: {threads: 1}
"""


def dlrun(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"dlrun {' '.join(map(str, arguments))}\nexit code {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def network(name, channels=3):
    torch.manual_seed(1)
    model = getattr(torchvision.models, name)(num_classes=10)
    if channels != 3:
        model.conv1 = torch.nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return model.eval()


def export(model, path, x, fixed=False):
    axes = None if fixed else {"pixels": {0: "n"}, "scores": {0: "n"}}
    torch.onnx.export(model, (x,), path, opset_version=17, dynamo=False, input_names=["pixels"], output_names=["scores"],
                      dynamic_axes=axes)


def gap(a, b):
    return abs(numpy.asarray(a, numpy.float64) - b).max() / abs(b).max()


def compare(name):
    """Largest differences from torch, as a share of the largest number, for batches of 1 and 7."""
    model, path = network(name), WORK / f"{name}.onnx"
    export(model, path, torch.randn(2, 3, 224, 224))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    ours = theirs = 0.0
    for size in (1, 7):
        x = torch.randn(size, 3, 224, 224)
        with torch.no_grad():
            expected = model(x).numpy()
        save_file({"pixels": x.numpy()}, WORK / "x.safetensors")
        dlrun("predict", path, WORK / "x.safetensors", "--output", WORK / "y.safetensors", "--json")
        ours = max(ours, gap(load_file(WORK / "y.safetensors")["scores"], expected))
        theirs = max(theirs, gap(session.run(None, {"pixels": x.numpy()})[0], expected))
    numbers = sum(p.numel() for p in model.parameters())
    print(f"| {name} | {numbers:,} | {len(onnx.load(path).graph.node)} | {ours:.1e} | {theirs:.1e} |", flush=True)
    return ours


def pictures():
    def read(name, offset):
        with gzip.open(f"recipes/data/fashion_mnist_small/t10k-{name}-ubyte.gz") as file:
            return numpy.frombuffer(file.read(), numpy.uint8, offset=offset)

    return read("images-idx3", 16).reshape(-1, 1, 28, 28), read("labels-idx1", 8)


def evaluate():
    """`dlrun eval FILE --recipe` against torch's loss and accuracy: with a batch of any size, and of five alone."""
    model, (images, labels) = network("resnet18", channels=1), pictures()
    x = (torch.tensor(images).float() / 255 - 0.286) / 0.353
    target = torch.tensor(labels.astype(numpy.int64))
    with torch.no_grad():
        scores = torch.cat([model(part) for part in x.split(100)])
    loss = torch.nn.functional.cross_entropy(scores, target).item()
    accuracy = (scores.argmax(1) == target).float().mean().item()
    recipe = WORK / "foreign.yaml"
    recipe.write_text(RECIPE)
    worst = 0.0
    for fixed in (False, True):
        path = WORK / "pictures.onnx"
        export(model, path, x[:5], fixed)
        result = dlrun("eval", path, "--recipe", recipe, "--json")[0]
        worst = max(worst, abs(result["test/loss"] / loss - 1), abs(result["test/accuracy"] - accuracy) * 10)
        print(f"dlrun eval {'in batches of 5' if fixed else 'in batches of 100'}: loss {result['test/loss']:.6f} (torch "
              f"{loss:.6f}), accuracy {result['test/accuracy']:.4f} (torch {accuracy:.4f})")
    return worst


print("| network of torchvision | parameters | nodes | dlrun against torch | onnxruntime against torch |\n|---|---|---|---|---|")
worst = max(compare(name) for name in ("resnet18", "mobilenet_v3_small", "convnext_tiny", "vit_b_16"))
worst = max(worst, evaluate())
sys.exit(f"differences up to {worst}" if worst > TOLERANCE else 0)
