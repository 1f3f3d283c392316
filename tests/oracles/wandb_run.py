# A run folder's file for Weights & Biases as the wandb package reads it, against its metrics.jsonl: every number once, at
# its step; the recipe as configuration; the test in the summary; an end where there is one.
# usage: python wandb_run.py RUN [WHAT...]     WHAT: ended, or unfinished; NAME=VALUE of the run: project=p, tags=a

import glob
import json
import math
import os
import sys

from wandb.proto.wandb_internal_pb2 import Record
from wandb.sdk.internal.datastore import DataStore

run, wanted = sys.argv[1], sys.argv[2:]
files = glob.glob(os.path.join(run, "wandb", "offline-run-*", "run-*.wandb"))
assert len(files) == 1, files
identity = os.path.basename(files[0])[len("run-"):-len(".wandb")]
assert os.path.basename(os.path.dirname(files[0])).endswith("-" + identity), files

store, records = DataStore(), []
store.open_for_scan(files[0])
while (data := store.scan_data()) is not None:
    record = Record()
    record.ParseFromString(data)
    assert record.SerializeToString() == data, "a record that protobuf would write otherwise"
    records.append(record)
kinds = [record.WhichOneof("record_type") for record in records]
assert kinds[:2] == ["header", "run"], kinds
assert [record.num for record in records] == list(range(1, len(records) + 1))
assert ("exit" in kinds) == ("ended" in wanted), kinds
assert "exit" not in kinds[:-1], kinds

about = records[1].run
assert about.run_id == identity and about.start_time.seconds > 1.7e9
for pair in wanted:
    if "=" in pair:
        name, value = pair.split("=", 1)
        seen = getattr(about, name)
        assert (",".join(seen) if name == "tags" else seen) == value, (name, seen)
config = {item.key: json.loads(item.value_json) for item in about.config.update}
assert config["optimizer"]["lr"] > 0 and config["trainer"]["batch_size"] > 0 and config["architecture"]["type"], config

rows, summary = [], {}
for record in records:
    if record.WhichOneof("record_type") == "history":
        row = {item.nested_key[0]: json.loads(item.value_json) for item in record.history.item}
        assert row["_step"] == record.history.step.num
        rows.append(row)
    if record.WhichOneof("record_type") == "summary":
        summary.update({item.nested_key[0]: json.loads(item.value_json) for item in record.summary.update})
steps = [row["_step"] for row in rows]
assert steps == sorted(set(steps)), "the server drops a row of a step that is over"
assert all(a["_runtime"] <= b["_runtime"] for a, b in zip(rows, rows[1:])), [row["_runtime"] for row in rows]
assert all(row["_timestamp"] > 1.7e9 for row in rows)

expected, test = {}, {}
for line in open(os.path.join(run, "metrics.jsonl")):
    record = json.loads(line)
    if record["event"] not in ("step", "validation", "test"):
        continue
    for name, value in record.items():
        of_step = record["event"] == "step"
        if name in ("event", "step", "split") or name != "epoch" and not of_step and "/" not in name:
            continue
        if record["event"] == "test":
            test[name] = float(value)
        else:
            name = name.replace("train/", "train_step/") if of_step else name
            expected.setdefault(record["step"], {})[name] = float(value)
test.pop("epoch", None)
seen = {row["_step"]: {name: float(value) for name, value in row.items() if not name.startswith("_")} for row in rows}


def same(a, b):
    return a == b or math.isnan(a) and math.isnan(b)


assert seen.keys() == expected.keys(), (sorted(seen), sorted(expected))
for step in expected:
    assert seen[step].keys() == expected[step].keys(), (step, seen[step], expected[step])
    assert all(same(seen[step][name], expected[step][name]) for name in expected[step]), (step, seen[step], expected[step])
assert all(same(float(summary[name]), value) for name, value in test.items()), (summary, test)
if rows:
    assert all(summary[name] == value or math.isnan(value) for name, value in rows[-1].items()), (summary, rows[-1])
print(run, len(records), "records,", len(rows), "rows,", len(test), "numbers of the test")
