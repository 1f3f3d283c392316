# Event files by the messages of the tensorboard package, for tests/report/event_file_test.cpp.
# usage: python event_file.py > event_file.json   (tensorboard 2.21, protobuf 7.36)

import json
import struct

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo

WALL = 1764387600.25
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000030000000208020000001216f14d")


def frame(event):
    data = event.SerializeToString(deterministic=True)
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc32c(length)) + data + struct.pack("<I", masked_crc32c(data))


def summary(step, *values):
    return Event(wall_time=WALL, step=step, summary=Summary(value=values))


def hparams(tag, data):
    plugin = SummaryMetadata.PluginData(plugin_name="hparams", content=data.SerializeToString(deterministic=True))
    return Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))


def text(tag, markdown):
    tensor = TensorProto(dtype="DT_STRING", string_val=[markdown.encode()])
    tensor.tensor_shape.dim.add(size=1)
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    return Summary.Value(tag=tag + "/text_summary", metadata=metadata, tensor=tensor)


def histogram(tag, values, bins):
    values = np.asarray(values, dtype=np.float64)
    counts, edges = np.histogram(values, bins=bins)
    message = Summary.Value(tag=tag)
    message.histo.min, message.histo.max, message.histo.num = values.min(), values.max(), values.size
    message.histo.sum, message.histo.sum_squares = values.sum(), np.square(values).sum()
    message.histo.bucket_limit.extend(edges[1:])
    message.histo.bucket.extend(counts)
    return message


start = SessionStartInfo(start_time_secs=WALL)
for key, value in {"optimizer.lr": 0.001, "trainer.drop_last": True, "task.type": "regression", "zero": 0.0,
                   "off": False, "nothing": ""}.items():
    field = {bool: "bool_value", float: "number_value", str: "string_value"}[type(value)]
    setattr(start.hparams[key], field, value)

events = [
    Event(wall_time=WALL, file_version="brain.Event:2"),
    Event(wall_time=WALL, step=41, session_log=SessionLog(status=SessionLog.START)),
    Event(wall_time=WALL, session_log=SessionLog(status=SessionLog.START)),
    summary(40, Summary.Value(tag="train/loss", simple_value=0.1), Summary.Value(tag="val/loss", simple_value=float("nan"))),
    summary(0, text("recipe", "    version: 1\n    name: gr\u00fcn\n"), hparams("_hparams_/session_start_info", HParamsPluginData(session_start_info=start))),
    summary(50, hparams("_hparams_/session_end_info", HParamsPluginData(session_end_info=SessionEndInfo(status="STATUS_SUCCESS", end_time_secs=WALL)))),
    summary(7, Summary.Value(tag="samples", image=Summary.Image(height=2, width=3, colorspace=3, encoded_image_string=PNG))),
    summary(8, histogram("parameters/a", np.arange(-16, 17) / 16.0, 64), histogram("parameters/b", [0.5, 0.5], [0.5, 0.5])),
]
print(json.dumps({
    "masked_crc32c": [[bytes.hex(), masked_crc32c(bytes)] for bytes in (b"", b"123456789", b"\x00" * 32, b"\xff" * 32)],
    "png": PNG.hex(),
    "file": "".join(frame(event).hex() for event in events),
}))
