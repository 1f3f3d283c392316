#!/usr/bin/env python3
"""Trains tests/bench/optimizers.yaml with optimizers of the catalog and a few rates each, and prints a table.

usage: scripts/compare_optimizers.py [--seeds N] [--only 'NAME;...'] [PROGRAM]    The program is build/dlrun unless another is named.

The rate of an optimizer is the one with the best accuracy on the validation split, with seed 1. With that rate the test
split is measured once for each seed.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

# As a recipe has it, without its rate, and the rates to try.
OPTIMIZERS = {
    "sgd": ("type: sgd", [0.3, 1.0, 3.0, 10.0]),
    "sgd, momentum 0.9": ("type: sgd, momentum: 0.9", [0.03, 0.1, 0.3, 1.0]),
    "adagrad": ("type: adagrad", [0.01, 0.03, 0.1, 0.3]),
    "rmsprop": ("type: rmsprop", [0.001, 0.003, 0.01, 0.03]),
    "adam": ("type: adam", [0.003, 0.01, 0.03, 0.1]),
    "adamw": ("type: adamw", [0.003, 0.01, 0.03, 0.1]),
    "adadelta": ("type: adadelta", [0.3, 1, 3]),
    "adamax": ("type: adamax", [0.003, 0.01, 0.03]),
    "nadam": ("type: nadam", [0.003, 0.01, 0.03]),
    "radam": ("type: radam", [0.003, 0.01, 0.03]),
    "lion": ("type: lion", [0.0003, 0.001, 0.003]),
    "adan": ("type: adan", [0.003, 0.01, 0.03]),
    "lamb": ("type: lamb", [0.01, 0.03, 0.1]),
    "adafactor": ("type: adafactor", [0.03, 0.1, 0.3]),
    "schedule_free": ("type: schedule_free", [0.003, 0.01, 0.03]),
}


def train(program, settings, rate, seed, schedule):
    """Accuracy on the validation and the test split."""
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        done = subprocess.run([program, "train", "tests/bench/optimizers.yaml", "-q", f"output_dir={run}", f"seed={seed}",
                               f"optimizer={{{settings}, lr: {rate}}}", f"lr_scheduler={schedule}"],
                              capture_output=True, text=True)
        if done.returncode == 76:  # Diverged.
            return 0.0, 0.0
        if done.returncode != 0:
            raise SystemExit(f"{settings}, lr {rate}: {done.stderr}")
        records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    values = {key: record[key] for record in records for key in ("val/accuracy", "test/accuracy") if key in record}
    return values["val/accuracy"], values["test/accuracy"]


parser = argparse.ArgumentParser()
parser.add_argument("--seeds", type=int, default=3)
parser.add_argument("--only", default="")
parser.add_argument("program", nargs="?", default="build/dlrun")
options = parser.parse_args()
names = [name for name in OPTIMIZERS if not options.only or name in options.only.split(";")]
print("| Optimizer | Rate, of those tried | Test accuracy, mean | of the seeds |\n|---|---|---|---|")
for name in names:
    settings, rates = OPTIMIZERS[name]
    schedule = "constant" if name == "schedule_free" else "cosine"
    tried = {rate: train(options.program, settings, rate, 1, schedule) for rate in rates}
    best = max(rates, key=lambda rate: tried[rate][0])
    tests = [tried[best][1]] + [train(options.program, settings, best, seed, schedule)[1]
                                for seed in range(2, options.seeds + 1)]
    print(f"| `{name}` | **{best:g}** of {', '.join(f'{rate:g}' for rate in rates)} | {100 * statistics.mean(tests):.1f} % | "
          f"{', '.join(f'{100 * value:.1f}' for value in tests)} |", flush=True)
