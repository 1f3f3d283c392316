"""Times recurrent layers of dlrun beside PyTorch: one training of the recipe on each side, in turns, and prints a table.

usage: recurrent.py --dlrun build/dlrun --data data [--cells gru lstm] [--rounds 3] [--steps 400]

The network and the batches are those of tests/bench/gru.yaml, with --width units and --batch series a step. Times are
processor time (user and system) of a step, from runs of two lengths, so that start and loading do not count; the start
with the first steps, and the largest resident set, are those of the short run. One thread on both sides.
"""

import argparse
import csv
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def torch_training(options):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    with open(pathlib.Path(options.data) / "mnist1d/train.csv", newline="") as file:
        rows = [[float(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    table = torch.tensor(rows)
    x, y = table[:, :-1].unsqueeze(2).contiguous(), table[:, -1].long()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            layer = {"gru": nn.GRU, "lstm": nn.LSTM}[options.cell]
            self.layer = layer(1, options.width, batch_first=True, bidirectional=True)
            self.fc = nn.Linear(2 * options.width, 10)

        def forward(self, x):
            return self.fc(self.layer(x)[0].amax(1))

    net, step = Net(), 0
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2, fused=True)
    while True:
        order = torch.randperm(len(x))
        for first in range(0, len(x) - options.batch + 1, options.batch):
            if step == options.steps:
                return
            rows = order[first : first + options.batch]
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
            step += 1


def measured(command):
    """Processor seconds and MB of a command and its children."""
    child = os.fork()
    if child == 0:
        status = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        pathlib.Path(os.environ["MEASURED"]).write_text(f"{status} {used.ru_utime + used.ru_stime} {used.ru_maxrss}")
        os._exit(0)
    os.waitpid(child, 0)
    status, seconds, memory = pathlib.Path(os.environ["MEASURED"]).read_text().split()
    if status != "0":
        sys.exit(f"failed: {' '.join(command)}")
    return float(seconds), int(memory) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dlrun", default=str(HERE.parent.parent / "build/dlrun"))
    parser.add_argument("--data", required=True)
    parser.add_argument("--cells", nargs="+", default=["gru", "lstm"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--cell", help="train this one in PyTorch, and stop")
    options = parser.parse_args()
    if options.cell:
        return torch_training(options)
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", DLRUN_DATA=options.data)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MEASURED"] = folder + "/measured"

        def command(side, cell, steps):
            if side == "torch":
                return [sys.executable, __file__, "--data", options.data, "--cell", cell, "--steps", str(steps),
                        "--width", str(options.width), "--batch", str(options.batch)]  # fmt: skip
            network = f"{{type: {cell}, hidden_size: {options.width}, bidirectional: true, pool: max}}"
            return [options.dlrun, "train", str(HERE / "gru.yaml"), "--overwrite",
                    f"architecture={network}", f"trainer.max_steps={steps}", f"trainer.batch_size={options.batch}",
                    "hardware.threads=1", "data.test=null",
                    "diagnosis.every_n_steps=0", f"output_dir={folder}/run"]  # fmt: skip

        for cell in options.cells:
            steps = {"dlrun": [], "torch": []}
            for _ in range(options.rounds):
                for side in steps:
                    short, memory = measured(command(side, cell, 20))
                    long, _ = measured(command(side, cell, 20 + options.steps))
                    steps[side].append(((long - short) / options.steps * 1e3, short, memory))
            for side, found in steps.items():
                times = sorted(item[0] for item in found)
                print(f"{cell} {side}: {', '.join(f'{t:.2f}' for t in times)} ms a step; start and 20 steps "
                      f"{min(item[1] for item in found):.2f} s; {found[0][2]:.0f} MB", flush=True)  # fmt: skip
            middle = {side: sorted(item[0] for item in found)[len(found) // 2] for side, found in steps.items()}
            print(f"{cell}: PyTorch takes {middle['torch'] / middle['dlrun']:.2f} times as long", flush=True)


main()
