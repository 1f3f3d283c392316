"""Times dlrun beside PyTorch: the same models, machine and number of threads, in turns. Called by run.sh.

Each round starts every variant once as a process of its own. Epoch time: the median over rounds of the epochs after the
first. First step: from the start of the process to the end of the first optimizer step, as seen from outside. Memory:
the largest resident set of the main process (workers of a DataLoader come on top).
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


def command(variant, model, options, folder):
    if variant != "dlrun":
        return [sys.executable, os.path.join(BENCH, "fashion_mnist.py"), model, variant, options.data,
                f"--epochs={options.epochs}", f"--threads={options.threads}"]  # fmt: skip
    return [options.dlrun, "train", os.path.join(BENCH, model + ".yaml"), "--json", "--no-progress", "-q",
            f"output_dir={folder}/run", f"trainer.epochs={options.epochs}", f"hardware.threads={options.threads}",
            "logging.every_n_steps=1"]  # fmt: skip


def measure(variant, model, options):
    """{"first": s, "epochs": [s], "loss": last epoch's, "memory": bytes}"""
    environment = dict(os.environ, DLRUN_DATA=options.data, OMP_NUM_THREADS=str(options.threads))
    result, at = {"first": None, "epochs": [], "loss": None}, None
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        process = subprocess.Popen(command(variant, model, options, folder), stdout=subprocess.PIPE, env=environment)
        for line in process.stdout:
            record = json.loads(line)
            if record["event"] == "step" and result["first"] is None:
                result["first"] = time.perf_counter() - began
            elif record["event"] == "epoch":
                result["epochs"].append(record["seconds"])
            elif record["event"] == "validation":  # dlrun's line after each epoch: seconds since its start
                if at is not None:
                    result["epochs"].append(record["seconds"] - at)
                at = record["seconds"]
            result["loss"] = record.get("loss", record.get("train/loss", result["loss"]))
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{variant} {model} failed with status {status}")
    if variant != "dlrun":
        del result["epochs"][0]
    result["memory"] = usage.ru_maxrss * 1024
    return result


def table(model, results, options):
    rows = {}
    for variant in options.variants:
        runs = results[variant]
        rows[variant] = [
            statistics.median(seconds for run in runs for seconds in run["epochs"]),
            statistics.median(run["first"] for run in runs),
            statistics.median(run["memory"] for run in runs),
        ]
    ours = rows["dlrun"]
    print(f"\n{model}: {options.rounds} rounds of {options.epochs} epochs, {options.threads} threads")
    print(f"{'':10} {'epoch s':>9} {'to dlrun':>9} {'first step s':>13} {'to dlrun':>9} {'memory MB':>10} {'loss':>8}")
    for variant, row in rows.items():
        loss = results[variant][-1]["loss"]
        print(f"{variant:10} {row[0]:9.2f} {row[0] / ours[0]:8.2f}x {row[1]:13.2f} {row[1] / ours[1]:8.2f}x "
              f"{row[2] / 1e6:10.0f} {loss:8.4f}", flush=True)  # fmt: skip


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
