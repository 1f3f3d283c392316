"""The PyTorch side of the benchmark: one model trained in one of three ways, timed.

  python fashion_mnist.py mlp|cnn tutorial|tuned|compiled DATA_FOLDER --epochs N --threads N [--device cuda]

tutorial: as PyTorch's tutorials write it: a Dataset that turns one picture at a time into a tensor, a DataLoader with
two workers, torch.optim.AdamW. tuned: everything normalised once and kept in memory, fused AdamW, channels_last for
images. compiled: the same with torch.compile. Prints JSON Lines: {"event": "step"} after the first step,
{"event": "epoch", "seconds": duration} after each epoch, {"event": "end", "loss": mean of the last epoch}.
"""

import argparse
import gzip
import json
import os
import time

import numpy
import torch
from torch import nn

MEAN, DEVIATION = 0.286, 0.353


def say(**record):
    print(json.dumps(record), flush=True)


def read_idx(folder, name):
    path = os.path.join(folder, "fashion-mnist", name)
    with gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb") as file:
        content = file.read()
    sizes = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(content[3])]
    return numpy.frombuffer(content, dtype=numpy.uint8, offset=4 + 4 * len(sizes)).reshape(sizes)


def make_model(name):
    if name == "mlp":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.2), nn.Linear(256, 128), nn.ReLU(),
            nn.Dropout(0.2), nn.Linear(128, 100), nn.ReLU(), nn.Dropout(0.2), nn.Linear(100, 10),
        )  # fmt: skip
    block = lambda inputs, outputs: [
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)
    ]  # fmt: skip
    return nn.Sequential(
        *block(1, 32), *block(32, 64), nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Dropout(0.4), nn.Linear(128, 10)
    )


class Pictures(torch.utils.data.Dataset):
    """What torchvision.datasets.FashionMNIST with ToTensor and Normalize does for each sample."""

    def __init__(self, folder):
        from torchvision import transforms

        self.images = torch.from_numpy(read_idx(folder, "train-images-idx3-ubyte").copy())
        self.labels = torch.from_numpy(read_idx(folder, "train-labels-idx1-ubyte").astype(numpy.int64))
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((MEAN,), (DEVIATION,))])

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        from PIL import Image

        return self.transform(Image.fromarray(self.images[index].numpy())), int(self.labels[index])


def tutorial_batches(folder):
    loader = torch.utils.data.DataLoader(Pictures(folder), batch_size=128, shuffle=True, drop_last=True, num_workers=2)
    return lambda: loader


def memory_batches(folder, channels_last):
    images = torch.from_numpy(read_idx(folder, "train-images-idx3-ubyte").copy()).unsqueeze(1)
    images = images.float().div_(255).sub_(MEAN).div_(DEVIATION)
    if channels_last:
        images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.from_numpy(read_idx(folder, "train-labels-idx1-ubyte").astype(numpy.int64))

    def epoch():
        order = torch.randperm(len(labels))
        for start in range(0, len(labels) - 127, 128):
            rows = order[start : start + 128]
            yield images[rows], labels[rows]

    return epoch


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=["mlp", "cnn"])
    parser.add_argument("variant", choices=["tutorial", "tuned", "compiled"])
    parser.add_argument("data")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    device = torch.device(options.device)
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)

    tutorial, images = options.variant == "tutorial", options.model == "cnn"
    model = make_model(options.model)
    if images and not tutorial:
        model = model.to(memory_format=torch.channels_last)
    model = model.to(device)
    learning_rate = 2e-3 if images else 1e-3
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.05, fused=not tutorial or None)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05 if images else 0.0)
    epoch = tutorial_batches(options.data) if tutorial else memory_batches(options.data, images)
    run = torch.compile(model) if options.variant == "compiled" else model
    model.train()

    first = True
    for _ in range(options.epochs):
        began, total, count = time.perf_counter(), torch.zeros((), device=device), 0
        for inputs, targets in epoch():
            if options.device != "cpu":
                inputs, targets = inputs.pin_memory().to(device, non_blocking=True), targets.to(device, non_blocking=True)
            loss = criterion(run(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
            count += 1
            if first:
                say(event="step")
                first = False
        say(event="epoch", seconds=time.perf_counter() - began)
    say(event="end", loss=total.item() / count)


if __name__ == "__main__":
    main()
