"""Times dlrun beside PyTorch: the same models, machine and number of threads, in turns. Called by run.sh.

Each round starts every variant once as a process of its own. Epoch time: the quartiles of the epochs after the first, over
all rounds; on a shared machine that has a fast and a slow state, the median alone says which state was met more often. First step:
from the start of the process to the end of the first optimizer step, as seen from outside; dlrun, which reports windows of steps,
does it in a process that trains one step and writes no checkpoint of it before. Memory: the largest resident set of the main
process (workers of a DataLoader come on top).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

VARIANTS = ["dlrun", "tutorial", "tuned", "compiled"]
BENCH = os.path.dirname(os.path.abspath(__file__))


def command(variant, model, options, folder, *more):
    if variant != "dlrun":
        return [sys.executable, os.path.join(BENCH, "fashion_mnist.py"), model, variant, options.data,
                f"--epochs={options.epochs}", f"--threads={options.threads}"]  # fmt: skip
    return [options.dlrun, "train", os.path.join(BENCH, model + ".yaml"), "--json", "--no-progress", "-q",
            f"output_dir={folder}/run", f"trainer.epochs={options.epochs}", f"hardware.threads={options.threads}",
            *more]  # fmt: skip


def records(arguments, options):
    """Yields (seconds since the start, record) for each line, at last (seconds, {"event": "exit", "memory": bytes})."""
    environment = dict(os.environ, DLRUN_DATA=options.data, OMP_NUM_THREADS=str(options.threads))
    began = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, env=environment)
    for line in process.stdout:
        yield time.perf_counter() - began, json.loads(line)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(arguments)} failed with status {status}")
    yield time.perf_counter() - began, {"event": "exit", "memory": usage.ru_maxrss * 1024}


def first_step(model, options):
    with tempfile.TemporaryDirectory() as folder:
        one = command("dlrun", model, options, folder, "trainer.max_steps=1", "logging.every_n_steps=1")
        return min(seconds for seconds, record in records(one, options) if record["event"] == "step")


def measure(variant, model, options):
    """{"first": s, "epochs": [s], "loss": last epoch's, "memory": bytes}"""
    result, at = {"first": None, "epochs": [], "loss": None, "memory": None}, None
    with tempfile.TemporaryDirectory() as folder:
        for seconds, record in records(command(variant, model, options, folder), options):
            if record["event"] == "step" and result["first"] is None:
                result["first"] = seconds
            elif record["event"] == "epoch":
                result["epochs"].append(record["seconds"])
            elif record["event"] == "validation":  # dlrun's line after each epoch: seconds since its start
                if at is not None:
                    result["epochs"].append(record["seconds"] - at)
                at = record["seconds"]
            result["loss"] = record.get("loss", record.get("train/loss", result["loss"]))
            result["memory"] = record.get("memory")
    if variant == "dlrun":
        result["first"] = first_step(model, options)
    else:
        del result["epochs"][0]
    return result


def table(model, results, options):
    rows = {}
    for variant in options.variants:
        runs = results[variant]
        epochs = [seconds for run in runs for seconds in run["epochs"]]
        rows[variant] = [
            *statistics.quantiles(epochs, n=4, method="inclusive"),
            statistics.median(run["first"] for run in runs),
        ]
    ours = rows["dlrun"]
    print(f"\n{model}: {options.rounds} rounds of {options.epochs} epochs, {options.threads} threads; "
          "seconds, and how many times dlrun's")  # fmt: skip
    heads = ["epoch, 1st quartile", "median", "3rd quartile", "first step"]
    print(f"{'':10}" + "".join(f"{head:>22}" for head in heads) + f"{'memory MB':>12}{'loss':>9}")
    for variant, row in rows.items():
        memory = statistics.median(run["memory"] for run in results[variant]) / 1e6
        cells = "".join(f"{mine:13.2f} {mine / theirs:7.2f}x" for mine, theirs in zip(row, ours))
        print(f"{variant:10}{cells}{memory:12.0f}{results[variant][-1]['loss']:9.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dlrun", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--models", nargs="+", default=["mlp", "cnn"])
    parser.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS)
    options = parser.parse_args()
    for model in options.models:
        results = {variant: [] for variant in options.variants}
        for _ in range(options.rounds):
            for variant in options.variants:
                results[variant].append(measure(variant, model, options))
                print(f"{model} {variant}: {json.dumps(results[variant][-1])}", file=sys.stderr, flush=True)
        table(model, results, options)


if __name__ == "__main__":
    main()
