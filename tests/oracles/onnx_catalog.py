"""Every architecture, trained for two steps and exported, against the official ONNX checker and onnxruntime.

usage: onnx_catalog.py DLRUN WORK    Needs onnx, onnxruntime and numpy. Prints a Markdown table; exits 1 on a difference.

For each case dlrun trains, exports with its own parity check (onnxruntime its second witness), and predicts; here the file
must pass the checker with strict shape inference and answer in onnxruntime, for batches of 1 and 7, as dlrun's evaluator
does (what the check has compared with the trained network) and, where samples are known, as `dlrun predict` says. `dlrun
eval` must say of the file what it says of the run. Times are onnx_speed's, which lies beside dlrun. An architecture of
`dlrun list` that has no case here is an error.
"""

import json
import os
import random
import subprocess
import sys

import numpy
import onnx
import onnxruntime

PROGRAM, WORK = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
IMAGES = "recipes/cnn_fashion_mnist_small.yaml"
TOLERANCE = 1e-4


def write_text():
    generator = random.Random(1)
    words = ["time", "flies", "like", "an", "arrow", "fruit", "a", "banana"]
    path = os.path.join(WORK, "text.txt")
    with open(path, "w") as file:
        for _ in range(200):
            file.write(" ".join(generator.choice(words) for _ in range(8)) + ".\n")
    return path


def write_graph():
    generator = random.Random(1)
    nodes, edges = os.path.join(WORK, "nodes.csv"), os.path.join(WORK, "edges.csv")
    with open(nodes, "w") as file:
        file.write("node_id,label,split,features\n")
        for i in range(60):
            features = " ".join(str(f) for f in sorted(generator.sample(range(24), 4)))
            file.write(f"n{i},{'abc'[i % 3]},{['train', 'val', 'test'][i // 20]},{features}\n")
    with open(edges, "w") as file:
        file.write("source,target\n")
        for a, b in sorted({tuple(sorted(generator.sample(range(60), 2))) for _ in range(150)}):
            file.write(f"n{a},n{b}\n")
    return nodes, edges


def write_table():
    generator = random.Random(1)
    path = os.path.join(WORK, "table.csv")
    with open(path, "w") as file:
        file.write("a,b,job,town,y\n")
        for _ in range(200):
            a, job = generator.gauss(0, 1), generator.randrange(5)
            file.write(f"{a:.3f},{generator.random():.3f},j{job},t{generator.randrange(9)},{'yes' if a + job > 2 else 'no'}\n")
    return path


# Recipes of the test suite, by architecture, with what is changed.
SMALL = {
    "cnn1d": ("inception_time", "architecture=cnn1d"),
    "dlinear": ("dlinear",),
    "gru": ("gru",),
    "inception_time": ("inception_time",),
    "lstm": ("tagging",),
    "rnn": ("rnn",),
    "tcn": ("tcn",),
    "transformer": ("transformer",),
    "unet": ("unet",),
    "vit": ("vit",),
    "window": ("tagging", "architecture={type: window, window: 5, widths: [16]}"),
}


def recipes():
    """Name of a case -> path of its recipe, and overrides."""
    text, (nodes, edges), table = write_text(), write_graph(), write_table()
    common = "seed: 1\noptimizer: {type: adamw, lr: 1e-3}\ntrainer: {max_steps: 2, batch_size: 8, eval_batch_size: 20}\nhardware: {threads: 1}\n"
    images = "data: {type: idx, path: recipes/data/fashion_mnist_small, val: {split: 0.02}}\naugmentation: [normalize]\n"
    span = "augmentation: [{type: normalize, mean: [0.5], std: [0.5]}]\n"
    words = f"task: language_model\ndata: {{type: text, path: {text}, context_length: 16, val: {{split: 0.1}}}}\n"
    rows = f"task: classification\ndata: {{type: csv, path: {table}, target: y, categories: index, val: {{split: 0.2}}}}\n"
    graph = f"task: node_classification\ndata: {{type: graph, nodes: {nodes}, edges: {edges}}}\n"
    pictures = "task: classification\n" + images
    cases = {
        "mlp": pictures + "architecture: {type: mlp}\n",
        "mlp, batch norm, gelu": pictures + "architecture: {type: mlp, norm: batch, activation: gelu}\n",
        "cnn": pictures + "architecture: {type: cnn}\n",
        "cnn, group norm, avg": pictures + "architecture: {type: cnn, blocks: [{channels: 16, norm: group, pool: avg}], head: {pool: avg}}\n",
        "resnet18, cifar": pictures + "architecture: {type: resnet18, stem: cifar}\n",
        "resnet18, imagenet": pictures + "architecture: {type: resnet18}\n",
        "gpt": words + "architecture: {type: gpt, layers: 2, heads: 4, width: 64}\n",
        "gpt, no bias": words + "architecture: {type: gpt, layers: 2, heads: 2, width: 32, bias: false, activation: gelu}\n",
        "dcgan": "task: adversarial\n" + images.replace("augmentation: [normalize]\n", span) + "architecture: {type: dcgan, generator_channels: 16, discriminator_channels: 16}\n",
        "autoencoder, dense": "task: reconstruction\n" + images + "architecture: {type: autoencoder}\n",
        "autoencoder, conv": "task: reconstruction\n" + images + "architecture: {type: autoencoder, kind: conv, widths: [16, 32], norm: batch}\n",
        "gcn": graph + "architecture: {type: gcn}\n",
        "mlp_gan": f"task: wgan_gp\ndata: {{type: csv, path: {table}, target: b, drop: [job, town, y]}}\narchitecture: {{type: mlp_gan}}\n",
        "tab_resnet": rows + "architecture: {type: tab_resnet}\n",
        "ft_transformer": rows + "architecture: {type: ft_transformer, n_blocks: 1, d_block: 16, attention_n_heads: 2}\n",
        "tabnet": rows + "architecture: {type: tabnet, n_d: 8, n_a: 8, n_steps: 2}\n",
        "wide_and_deep": rows + "architecture: {type: wide_and_deep, crosses: [job x town]}\n",
    }
    paths = {}
    for number, (name, body) in enumerate(cases.items()):
        paths[name] = os.path.join(WORK, f"case{number}.yaml")
        with open(paths[name], "w") as file:
            file.write(f"version: 1\nname: case{number}\n" + body + common)
    changed = {name: [] for name in paths}
    for name, (recipe, *overrides) in SMALL.items():
        paths[name] = os.path.join("tests", "recipes", recipe + ".yaml")
        changed[name] = [*overrides, "trainer.epochs=null", "trainer.max_steps=2", "hardware.threads=1"]
    return paths, changed


def dlrun(*arguments, folder=None):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, cwd=folder)
    if done.returncode != 0:
        sys.exit(f"dlrun {' '.join(arguments)}\nexit code {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def architectures(cases):
    """Those of the catalog; each must have a case."""
    names = [record["name"] for record in dlrun("list", "architecture", "--json")]
    missing = [name for name in names if not any(case.split(",")[0] == name for case in cases)]
    if missing or not names:
        sys.exit(f"no case in {__file__} for: {', '.join(missing) or 'anything'}")


def speed(run, path):
    """By batch size: largest differences from the network, and milliseconds of network, evaluator and onnxruntime."""
    done = subprocess.run([os.path.join(os.path.dirname(PROGRAM), "onnx_speed"), run, path], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"onnx_speed {run} {path}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def same_evaluation(run, path):
    """The largest difference between what dlrun eval says of a run and of its file, relative."""
    a = dlrun("eval", run, "--split", "val", "--json")[0]
    # The file says no folder of this machine: data of ours lie beside it, those of the project in its folder.
    ours = WORK in open(os.path.join(run, "recipe.yaml")).read().replace(f"output_dir: {run}", "")
    b = dlrun("eval", path, "--split", "val", "--json", folder=WORK if ours else None)[0]
    return max(abs(a[key] - b[key]) / max(1.0, abs(a[key])) for key in a if key.startswith("val/"))


def feed_of(session, size, generator):
    sizes = {"batch": size, "sequence": 1 + size, "nodes": 10 * size, "edges": 24 * size}
    feed = {}
    for value in session.get_inputs():
        shape = [sizes[d] if isinstance(d, str) else d for d in value.shape]
        if value.name.endswith(".lengths"):
            feed[value.name] = generator.integers(1, sizes["sequence"] + 1, shape)
        elif value.name.startswith("category."):
            feed[value.name] = generator.integers(0, 6, shape)
        elif value.type == "tensor(float)":
            feed[value.name] = generator.standard_normal(shape).astype(numpy.float32)
        else:
            feed[value.name] = generator.integers(0, 9, shape)
    return feed


def check(path, generator):
    """The checker accepts the file, and answers to single samples and to a batch agree in onnxruntime."""
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    feed = feed_of(session, 7, generator)
    whole = session.run(names, feed)
    if "edge_index" not in feed:
        singles = [session.run(names, {k: v[i : i + 1] for k, v in feed.items()}) for i in range(7)]
        for k in range(len(names)):
            numpy.testing.assert_allclose(whole[k], numpy.concatenate([s[k] for s in singles]), rtol=1e-3, atol=TOLERANCE)
    session.run(names, feed_of(session, 1, generator))


def against_predictions(run, path):
    """The largest difference between dlrun predict's probabilities and onnxruntime's, on samples of the test split."""
    from gzip import open as unzip

    records = [r for r in dlrun("predict", run, "--samples", "7", "--json") if "probabilities" in r]
    if not records:
        return None
    folder = "recipes/data/fashion_mnist_small"
    name = next(f for f in sorted(os.listdir(folder)) if f.startswith("t10k-images"))
    opener = unzip if name.endswith(".gz") else open
    with opener(os.path.join(folder, name), "rb") as file:
        pixels = numpy.frombuffer(file.read(), numpy.uint8, offset=16)[: 7 * 784].reshape(7, 1, 28, 28)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    actual = session.run(["probabilities"], {"input": pixels})[0]
    expected = numpy.array([list(r["probabilities"].values()) for r in records], numpy.float32)
    return float(abs(actual - expected).max())


def main():
    generator = numpy.random.default_rng(1)
    cases, changed = recipes()
    architectures(cases)
    os.environ["DLRUN_ONNXRUNTIME"] = os.path.join(os.path.dirname(onnxruntime.__file__), "capi")
    print("| Case | Weights | Nodes | File, kB | dlrun | onnxruntime | predict | ms for 1: network | evaluator | onnxruntime "
          "| ms for 7: network | evaluator | onnxruntime |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    worst = 0.0
    for name, recipe in cases.items():
        run = os.path.join(WORK, name.replace(", ", "-").replace(" ", "_"))
        dlrun("train", recipe, f"output_dir={run}", "--json", *changed[name])
        generates = name in ("dcgan", "mlp_gan")
        options = ["export.discriminator=true"] if generates else []
        files = dlrun("export", run, "--format", "onnx", "--json", "export.onnxruntime=required", *options)
        predicted = ""
        if name.split(",")[0] in ("mlp", "cnn", "resnet18"):
            whole = os.path.join(run, "whole")
            dlrun("export", run, "--format", "onnx", "--output", whole, "--json", "export.include_preprocessing=true",
                  "export.include_postprocessing=true")
            difference = against_predictions(run, os.path.join(whole, "model.onnx"))
            predicted = f"{difference:.1e}"
            worst = max(worst, difference, same_evaluation(run, os.path.join(whole, "model.onnx")))
        for facts in files[0]["models"]:
            path = os.path.join(run, "export", facts["model"] + ".onnx")
            check(path, generator)
            if not generates:
                worst = max(worst, same_evaluation(run, path))
            witness = facts["parity"]["onnxruntime"]
            worst = max(worst, facts["parity"]["largest_relative_difference"], witness["largest_relative_difference"])
            label = name if facts["model"] == "model" else f"{name}, {facts['model']}"
            cells = [label, f"{facts['numbers']:,}", facts["nodes"], f"{os.path.getsize(path) / 1000:,.0f}",
                     f"{facts['parity']['largest_difference']:.1e}", f"{witness['largest_difference']:.1e}", predicted]
            for record in speed(run, path):
                cells += [f"{record[key]:.2f}" for key in ("network_ms", "evaluator_ms", "onnxruntime_ms")]
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)
        if name == "mlp":
            external_data(run, generator)
    sys.exit(f"differences up to {worst}" if worst > TOLERANCE else 0)


def external_data(run, generator):
    """Weights in a file beside the model are what checker and onnxruntime expect."""
    folder = os.path.join(run, "external")
    dlrun("export", run, "--format", "onnx", "--output", folder, "--json", "export.external_data_above=1000",
          "export.onnxruntime=required")
    path = os.path.join(folder, "model.onnx")
    assert os.path.getsize(path + ".data") > 900_000 > 100_000 > os.path.getsize(path)
    check(path, generator)
    inside = onnxruntime.InferenceSession(os.path.join(run, "export", "model.onnx"), providers=["CPUExecutionProvider"])
    outside = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feed = feed_of(inside, 7, generator)
    for a, b in zip(inside.run(None, feed), outside.run(None, feed)):
        numpy.testing.assert_array_equal(a, b)


main()
