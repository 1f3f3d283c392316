# A run folder as TensorBoard reads it, against its metrics.jsonl: every number once, at its step; recipe, pictures,
# histograms and hparams in their tabs.
# usage: python tensorboard_events.py RUN [WHAT...]     WHAT: what else must be there: pictures, histograms, resumed

import glob
import json
import math
import os
import sys

from tensorboard.backend.event_processing import data_provider, event_accumulator, plugin_event_multiplexer
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import backend_context

run, wanted = sys.argv[1], sys.argv[2:]
files = glob.glob(os.path.join(run, "events.out.tfevents.*"))
assert ("resumed" in wanted) == (len([name for name in files if not name.endswith(".result")]) > 1), files

keep_all = {kind: 0 for kind in (event_accumulator.SCALARS, event_accumulator.IMAGES, event_accumulator.HISTOGRAMS,
                                 event_accumulator.TENSORS)}
events = EventAccumulator(run, size_guidance=keep_all)
events.Reload()

expected = {}
for line in open(os.path.join(run, "metrics.jsonl")):
    record = json.loads(line)
    if record["event"] not in ("step", "validation", "test"):
        continue
    for name, value in record.items():
        of_step = record["event"] == "step"
        if name in ("event", "step", "epoch", "split") or not of_step and "/" not in name:
            continue
        name = name.replace("train/", "train_step/") if of_step else name
        expected.setdefault(name, []).append((record["step"], float(value)))
assert sorted(events.Tags()["scalars"]) == sorted(expected), (events.Tags()["scalars"], sorted(expected))
for name, points in expected.items():
    seen = [(event.step, event.value) for event in events.Scalars(name)]
    assert [step for step, _ in seen] == [step for step, _ in points], (name, seen, points)
    for (_, a), (_, b) in zip(seen, points):
        assert math.isclose(a, b, rel_tol=1e-6) or math.isnan(a) and math.isnan(b), (name, seen, points)
    assert all(event.wall_time > 1.7e9 for event in events.Scalars(name))

if "pictures" in wanted:
    pictures = events.Images("samples")
    names = ["step-%08d.png" % picture.step for picture in pictures]
    assert names == sorted(os.listdir(os.path.join(run, "pictures"))), names
    for name, picture in zip(names, pictures):
        assert picture.encoded_image_string == open(os.path.join(run, "pictures", name), "rb").read()
if "histograms" in wanted:
    steps = [step for step, _ in expected["val/loss"]]
    tags = events.Tags()["histograms"]
    assert tags and all(tag.startswith("parameters/") for tag in tags), tags
    for tag in tags:
        assert [event.step for event in events.Histograms(tag)] == steps, tag
        for event in events.Histograms(tag):
            value = event.histogram_value
            assert value.num == sum(value.bucket) and value.min <= value.max == value.bucket_limit[-1], value

# The tabs TEXT and HPARAMS, through the provider that TensorBoard itself asks.
multiplexer = plugin_event_multiplexer.EventMultiplexer()
multiplexer.AddRun(run, "run")
multiplexer.Reload()
recipe = multiplexer.Tensors("run", "recipe/text_summary")
assert len(recipe) == 1, recipe
text = recipe[0].tensor_proto.string_val[0].decode()
# A run that was made longer keeps the recipe it began with.
lines = [[line for line in lines if not line.startswith("  epochs:")] for lines in
         ([line[4:] for line in text.splitlines()], open(os.path.join(run, "recipe.yaml")).read().splitlines())]
assert lines[0] == lines[1], text
provider = data_provider.MultiplexerDataProvider(multiplexer, "unused")
context = backend_context.Context(TBContext(data_provider=provider))
metadata = context.hparams_metadata(RequestContext(), "unused")
experiment = context.experiment_from_metadata(RequestContext(), "unused", False, metadata, [])
keys = {info.name for info in experiment.hparam_infos}
assert {"optimizer.lr", "trainer.batch_size", "seed", "architecture.type"} <= keys or len(keys) == 0, keys
start = [data for tags in metadata.values() for tag, data in tags.items() if tag == "_hparams_/session_start_info"]
assert len(start) == 1, metadata
print(run, len(expected), "scalars,", len(files), "files")
