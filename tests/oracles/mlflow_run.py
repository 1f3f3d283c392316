"""What an MLflow server knows of a run is what its folder says. usage: mlflow_run.py URI RUN_FOLDER EXPERIMENT STATUS"""
import json
import math
import os
import sys
import tempfile

import mlflow

uri, folder, experiment, status = sys.argv[1:5]
mlflow.set_tracking_uri(uri)
client = mlflow.tracking.MlflowClient()
told = json.load(open(os.path.join(folder, "mlflow.json")))
run = client.get_run(told["run_id"])
name = os.path.basename(folder.rstrip("/"))
assert run.info.run_name == name, (run.info.run_name, name)
assert run.info.status == status, run.info.status
assert client.get_experiment(run.info.experiment_id).name == experiment
assert len([r for r in client.search_runs([run.info.experiment_id]) if r.info.run_name == name]) == 1, "told as two runs"

wanted = {}
for line in open(os.path.join(folder, "metrics.jsonl")):
    record = json.loads(line)
    event = record["event"]
    if event not in ("step", "validation", "test"):
        continue
    for key, value in record.items():
        if key in ("step", "epoch", "event") or isinstance(value, (list, dict)):
            continue
        if event != "step" and "/" not in key:
            continue
        if isinstance(value, str) and value not in ("NaN", "Infinity", "-Infinity"):
            continue
        if event == "step" and key.startswith("train/"):
            key = "train_step/" + key[len("train/"):]
        wanted.setdefault(key, []).append((record["step"], float(value)))
assert wanted
for key, points in wanted.items():
    got = sorted((m.step, m.value) for m in client.get_metric_history(told["run_id"], key))
    if key.startswith("test/") and len(got) > len(points):  # a run that was made longer has the test of its first end too
        got = [point for point in got if point in points]
    assert len(got) == len(points), (key, len(got), len(points))
    for (step, value), (got_step, got_value) in zip(sorted(points), got):
        same = got_value == value or (math.isnan(value) and math.isnan(got_value)) or \
            (math.isinf(value) and abs(got_value) > 1e300)  # the server keeps the largest double for infinity
        if not same and key in ("samples_per_second", "stall"):  # a clock's: a step that was made twice was told once
            continue
        assert step == got_step and same, (key, step, value, got_step, got_value)

params = run.data.params
assert params["optimizer.lr"] == "0.01" and params["architecture.type"] == "mlp", params
assert params["architecture.widths"] == "[8]" and params["data.val.split"] == "0.2", params
assert not any(key.startswith(("logging", "output_dir", "name")) for key in params), params
assert run.data.tags["team"] == "a=b" and run.data.tags["mlflow.note.content"] == "of a test", run.data.tags

files = {a.path for a in client.list_artifacts(told["run_id"])}
assert {"recipe.yaml", "environment.json", "report.html", "curves.svg"} <= files, files
assert ("result.json" in files) == (status == "FINISHED"), files
with tempfile.TemporaryDirectory() as to:
    for file in files:
        got = open(mlflow.artifacts.download_artifacts(run_id=told["run_id"], artifact_path=file, dst_path=to), "rb").read()
        assert got == open(os.path.join(folder, file), "rb").read(), file
print(f"{len(wanted)} numbers, {sum(map(len, wanted.values()))} points, {len(params)} parameters, {len(files)} artifacts")
