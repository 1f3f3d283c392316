"""Files that take the columns of a table, fed by onnxruntime as docs/onnx_export.md says, against `dlrun predict`.

usage: onnx_table.py DLRUN WORK    Needs onnx, onnxruntime and numpy. Exits 1 on a difference.
"""

import csv
import json
import os
import random
import subprocess
import sys

import numpy
import onnx
import onnxruntime

PROGRAM, WORK = sys.argv[1], sys.argv[2]
TOLERANCE = 1e-4  # of the largest answer, or of 1


def write(path, count, generator, answers):
    jobs, rows = ["clerk", "smith", "nurse", "", "NA"], []
    for _ in range(count):
        age, job, seen = generator.randint(18, 80), generator.choice(jobs), 1.7e9 + generator.randint(0, 10**6)
        row = {"age": age if generator.random() > 0.1 else "", "output": f"{generator.gauss(170, 9):.1f}", "job": job,
               "seen": f"{seen:.0f}", "ünïcode name": generator.choice(["a b", "ß", "c,d"])}
        if answers:
            row["price"] = f"{1e6 + 1000 * age + 500 * jobs.index(job):.2f}"
            row["kind"] = "old" if age > 50 else "young"
        rows.append(row)
    if not answers:
        rows[3]["job"] = "a job that no training row has"
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def dlrun(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"dlrun {' '.join(arguments)}\nexit code {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def fed(session, path):
    rows = list(csv.DictReader(open(path)))
    feed = {}
    for column in session.get_inputs():
        cells = [row[column.name.removeprefix("column.")] for row in rows]
        if column.type == "tensor(string)":
            feed[column.name] = numpy.array(cells, dtype=object).reshape(-1, 1)
        else:
            feed[column.name] = numpy.array([float(c or "nan") for c in cells]).reshape(-1, 1)
    return feed


def main():
    os.environ["DLRUN_ONNXRUNTIME"] = os.path.join(os.path.dirname(onnxruntime.__file__), "capi")
    generator = random.Random(1)
    train, new = os.path.join(WORK, "train.csv"), os.path.join(WORK, "new.csv")
    write(train, 300, generator, True)
    write(new, 40, generator, False)
    worst = 0.0
    for number, (task, data, architecture) in enumerate((
        ("regression", "target: price, drop: [kind]", "mlp"),
        ("classification", "target: kind, drop: [price]", "mlp"),
        ("classification", "target: kind, drop: [price], categories: index, missing: {indicator: true}", "ft_transformer"),
        ("regression", "target: price, drop: [kind], categories: index, scaling: minmax", "tab_resnet"),
    )):
        run = os.path.join(WORK, f"table{number}")
        recipe = run + ".yaml"
        with open(recipe, "w") as file:
            file.write(f"version: 1\nname: table\ntask: {task}\nseed: 1\noutput_dir: {run}\n"
                       f"data: {{type: csv, path: {train}, {data}, val: {{split: 0.2}}}}\narchitecture: {architecture}\n"
                       "optimizer: {type: adamw, lr: 1e-2}\ntrainer: {max_steps: 30, batch_size: 32}\n"
                       "export: {type: onnx, include_preprocessing: true, include_postprocessing: true, onnxruntime: required}\n"
                       "hardware: {threads: 1}\n")
        dlrun("train", recipe, "--json")
        facts = dlrun("export", run, "--json")[0]["models"][0]["parity"]
        worst = max(worst, facts["largest_relative_difference"], facts["onnxruntime"]["largest_relative_difference"])
        path = os.path.join(run, "export", "model.onnx")
        onnx.checker.check_model(path, full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        name = session.get_outputs()[-1].name
        actual = session.run([name], fed(session, new))[0].astype(numpy.float64)
        records = [r for r in dlrun("predict", run, new, "--samples", "40", "--json") if "sample" in r or "value" in r]
        assert len(records) == 40, len(records)
        expected = numpy.array([list(r["probabilities"].values()) if name == "probabilities" else [r["value"]] for r in records])
        worst = max(worst, float(abs(actual - expected).max() / max(1.0, abs(expected).max())))
    print(f"tables: 4 files, differences up to {worst:.1e} of the largest answer")
    sys.exit(0 if worst <= TOLERANCE else 1)


main()
