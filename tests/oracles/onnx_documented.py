"""Every block of Python in docs/onnx_export.md, run beside a file that dlrun exported, against `dlrun predict`.

usage: onnx_documented.py DLRUN WORK    Needs onnxruntime, numpy and Pillow. Exits 1 on a difference.
"""

import contextlib
import csv
import gzip
import io
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

import numpy
from PIL import Image

PROGRAM, WORK = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
TREE = pathlib.Path.cwd()
OWN = TREE / "tests/recipes/data"
BLOCKS = re.findall(r"```python\n(.*?)```", (TREE / "docs/onnx_export.md").read_text(), re.DOTALL)


def dlrun(folder, *arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, cwd=folder)
    if done.returncode != 0:
        sys.exit(f"dlrun {' '.join(arguments)}\nexit code {done.returncode}\n{done.stderr}")
    return done.stdout


def predictions(folder, *arguments):
    return [json.loads(line) for line in dlrun(folder, "predict", "run", *arguments, "--json").splitlines()]


def classes(folder, *arguments):
    return [f"{each['class']} {each['probability']}" for each in predictions(folder, *arguments)]


def train(name, recipe):
    folder = WORK / name
    folder.mkdir()
    (folder / "recipe.yaml").write_text(
        f"version: 1\nname: {name}\nseed: 1\noutput_dir: run\n{recipe}\nhardware: {{threads: 1}}\n")
    return folder


def export(folder, *options):
    dlrun(folder, "train", "recipe.yaml", "-q")
    dlrun(folder, "export", "run", "--format", "onnx", "--output", "export", *options)
    return folder


def tables():
    generator = random.Random(1)
    folder = train("tables", "task: classification\ndata: {type: csv, path: new.csv, target: kind, val: {split: 0.2}}\n"
                   "architecture: mlp\noptimizer: {type: adamw, lr: 1e-2}\ntrainer: {max_steps: 60, batch_size: 32}")
    with open(folder / "new.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["age", "job", "kind"])
        for _ in range(200):
            age = generator.randint(18, 80)
            writer.writerow([age if generator.random() > 0.1 else "", generator.choice(["clerk", "smith", ""]),
                             "old" if age > 50 else "young"])
    export(folder, "export.include_preprocessing=true", "export.include_postprocessing=true")
    return folder, classes(folder, "new.csv")


def pictures():
    folder = train("pictures", f"task: classification\ndata: {{type: idx, path: {TREE}/recipes/data/fashion_mnist_small, val: {{split: 0.1}}}}\n"
                   "architecture: {type: mlp, widths: [32]}\noptimizer: {type: adamw, lr: 1e-3}\ntrainer: {max_steps: 60, batch_size: 64}")
    export(folder, "export.include_preprocessing=true", "export.include_postprocessing=true")
    pixels = gzip.open(TREE / "recipes/data/fashion_mnist_small/t10k-images-idx3-ubyte.gz").read()[16 : 16 + 784]
    Image.fromarray(numpy.frombuffer(pixels, numpy.uint8).reshape(28, 28)).save(folder / "new.png")
    return folder, classes(folder, "new.png")


def series():
    folder = train("series", "task: classification\ndata: {type: ts, path: new.ts, val: {every: 4}}\n"
                   "architecture: {type: gru, hidden_size: 16}\noptimizer: {type: adamw, lr: 1e-2}\ntrainer: {epochs: 20, batch_size: 8}")
    moved = lambda number: f"{3 + 2 * float(number[0]):.4f}"  # from where an offset of 0 would do
    (folder / "new.ts").write_text(re.sub(r"-?\d+\.\d+", moved, (OWN / "waves.ts").read_text()))
    export(folder, "export.include_postprocessing=true")
    return folder, classes(folder, "new.ts")


def future():
    folder = train("future", "task: forecasting\ndata: {type: windows, path: series.csv, input_length: 24, horizon: 6, val: {rows: 36}}\n"
                   "architecture: {type: dlinear, kernel_size: 7}\noptimizer: {type: adamw, lr: 1e-2}\ntrainer: {epochs: 3, batch_size: 16}")
    shutil.copy(OWN / "waves.csv", folder / "series.csv")
    export(folder)
    forecast = predictions(folder, "series.csv")[0]["forecast"]
    return folder, [" ".join([channel, *map(str, values)]) for channel, values in forecast.items()]


def texts():
    folder = train("texts", "task: classification\ndata: {type: text_table, path: new.tsv, tokenizer: {type: words, lowercase: true}, max_length: 10, "
                   "val: {split: 0.2}}\narchitecture: {type: gru, embedding_size: 16, hidden_size: 16, pool: mean}\n"
                   "optimizer: {type: adamw, lr: 1e-2}\ntrainer: {epochs: 10, batch_size: 16}")
    shutil.copy(OWN / "opinions.tsv", folder / "new.tsv")
    export(folder, "export.include_postprocessing=true")
    return folder, classes(folder, "new.tsv")


def letters():
    folder = train("letters", "task: language_model\ndata: {type: text, path: new.txt, context_length: 64, val: {split: 0.1}}\n"
                   "architecture: {type: gpt, layers: 1, heads: 2, width: 16}\noptimizer: {type: adamw, lr: 1e-2}\ntrainer: {max_steps: 200, batch_size: 8}\n"
                   "data_check: {allow: [exact_overlap]}")
    verses = "ROMEO: what light through yonder window breaks?\nJULIET: it is the east, and the sun of it.\n"
    (folder / "new.txt").write_text(verses * 40)
    export(folder)
    said = predictions(folder, "--prompt", "ROMEO:", "--temperature", "0", "--max-tokens", "40", "--samples", "1")[0]
    return folder, said["text"].split("\n")


def graph():
    folder = train("graph", "task: node_classification\ndata: {type: graph, nodes: nodes.csv, edges: edges.csv, normalize_features: true}\n"
                   "architecture: {type: gcn, widths: [8]}\noptimizer: {type: adamw, lr: 1e-2}\ntrainer: {epochs: 40, batch_size: 1}")
    generator = random.Random(1)
    with open(folder / "nodes.csv", "w") as nodes, open(folder / "edges.csv", "w") as edges:
        nodes.write("node_id,label,split,features\n")
        edges.write("source,target\n")
        for i in range(40):
            kind = i % 2
            features = sorted({generator.randrange(10) + 10 * kind, generator.randrange(20)}) if i != 7 else []
            nodes.write(f"n{i},{'even' if kind == 0 else 'odd'},{'val' if i % 3 == 0 else 'train'},{' '.join(map(str, features))}\n")
            edges.write(f"n{i},n{(i + 2) % 40}\n")
        edges.write("n2,n0\n")
    export(folder, "export.include_postprocessing=true")
    return folder, classes(folder, "nodes.csv", "edges.csv")


def close(a, b):
    if a == b:
        return True
    a, b = a.split(" "), b.split(" ")
    try:
        return a[0] == b[0] and len(a) == len(b) and all(abs(float(x) - float(y)) < 1e-3 * max(1, abs(float(y))) for x, y in zip(a[1:], b[1:]))
    except ValueError:
        return False


def main():
    beginning, *blocks = BLOCKS
    cases = (pictures, series, future, texts, letters, graph, tables)  # in the order of the page
    if len(blocks) != len(cases):
        sys.exit(f"docs/onnx_export.md has {len(blocks)} blocks of Python behind the first, and {len(cases)} are tried")
    failed = False
    for case, block in zip(cases, blocks):
        folder, expected = case()
        said = io.StringIO()
        os.chdir(folder)
        with contextlib.redirect_stdout(said):
            exec(compile(beginning + block, f"docs/onnx_export.md, {case.__name__}", "exec"), {})
        os.chdir(TREE)
        lines = said.getvalue().removesuffix("\n").split("\n")
        same = sum(close(a, b) for a, b in zip(lines, expected))
        different = len(set(expected if len(expected) > 1 else expected[0]))  # a text is as good as its letters
        print(f"{case.__name__}: {same} of {len(expected)} lines as dlrun predict, {different} different")
        if same != len(expected) or len(lines) != len(expected) or different < 2:
            failed = True
            print("\n".join(f"  {a!r} for {b!r}" for a, b in zip(lines, expected) if not close(a, b))[:2000])
    sys.exit(1 if failed else 0)


main()
