# Several runs as the table of TensorBoard's tab HPARAMS: by its own backend, against their recipes and metrics.jsonl.
# usage: python tensorboard_hparams.py KEY=VALUE,VALUE,... RUN...     KEY differs in the runs, and nothing else does

import json
import math
import os
import sys

from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups

key, values = sys.argv[1].split("=")
runs = dict(zip(sys.argv[2:], [float(value) for value in values.split(",")]))

multiplexer = plugin_event_multiplexer.EventMultiplexer()
for run in runs:
    multiplexer.AddRun(run, os.path.basename(run))
multiplexer.Reload()
provider = data_provider.MultiplexerDataProvider(multiplexer, "unused")
context = backend_context.Context(TBContext(data_provider=provider))
experiment = get_experiment.Handler(RequestContext(), context, "unused", api_pb2.GetExperimentRequest()).run()
differing = [info.name for info in experiment.hparam_infos if info.differs]
assert differing == [key], differing
limits = experiment.hparam_infos[[info.name for info in experiment.hparam_infos].index(key)].domain_interval
assert (limits.min_value, limits.max_value) == (min(runs.values()), max(runs.values())), limits

request = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=100)
request.allowed_statuses.extend(api_pb2.Status.values())
for info in experiment.metric_infos:
    request.col_params.add(metric=info.name)
groups = list_session_groups.Handler(RequestContext(), context, "unused", request).run().session_groups
assert len(groups) == len(runs), groups
by_name = {group.name: group for group in groups}
for run, value in runs.items():
    group = by_name[os.path.basename(run)]
    assert group.hparams[key].number_value == value, (run, group.hparams[key])
    assert group.hparams["architecture.type"].string_value == "mlp" and group.hparams["architecture.bias"].bool_value
    (session,) = group.sessions
    assert session.status == api_pb2.STATUS_SUCCESS and session.end_time_secs > session.start_time_secs > 1.7e9, session
    shown = {metric.name.tag: (metric.training_step, metric.value) for metric in group.metric_values}
    last = {}
    for line in open(os.path.join(run, "metrics.jsonl")):
        record = json.loads(line)
        if record["event"] in ("validation", "test"):
            last.update({name: (record["step"], number) for name, number in record.items() if "/" in name})
    assert "test/loss" in last
    for name, (step, number) in last.items():
        assert shown[name][0] == step and math.isclose(shown[name][1], number, rel_tol=1e-6), (name, shown[name], step, number)
print(len(groups), "rows by", key, "with", len(experiment.hparam_infos), "hparams and", len(experiment.metric_infos), "metrics")
