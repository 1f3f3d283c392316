# A file for Weights & Biases by the log and the messages of the wandb package, for tests/report/wandb_file_test.cpp.
# usage: python wandb_file.py > wandb_file.json   (wandb 0.28.0, protobuf 7.36)

import hashlib
import json
import os
import tempfile

from wandb.proto.wandb_internal_pb2 import Record
from wandb.sdk.internal.datastore import DataStore


def summary(num, length):
    record = Record(num=num)
    record.summary.update.add(nested_key=["a"], value_json="1" * length)
    return record


header = Record(num=1)
header.header.version_info.producer, header.header.version_info.min_consumer = "dlrun", "0.65.0"
history = Record(num=2)
history.history.item.add(nested_key=["loss"], value_json="0.5")
history.history.step.num = 7
# Records of one block, of several, and ends of blocks with no room, room for a head alone and for less than one.
lengths = [100, 40000, 70000]
records = [header, history]
with tempfile.TemporaryDirectory() as folder:
    def written(records):
        path = os.path.join(folder, "x.wandb")
        if os.path.exists(path):
            os.remove(path)
        store = DataStore()
        store.open_for_write(path)
        for record in records:
            store.write(record)
        store.close()
        return open(path, "rb").read()

    short = written(records)
    for left in (0, 3, 7, 8):
        for length in (100, 40000):
            records.append(summary(len(records) + 1, length))
            lengths.append(length)
        # One more that leaves so many bytes of its block.
        end = len(written(records)) % 32768
        for length in range(32768 - end, 0, -1):
            if len(written(records + [summary(len(records) + 1, length)])) % 32768 == (32768 - left) % 32768:
                records.append(summary(len(records) + 1, length))
                lengths.append(length)
                break
        else:
            raise SystemExit("no length leaves %d bytes" % left)
    records += [summary(len(records) + 1, 70000)]
    whole = written(records)
lengths = [len(record.summary.update[0].value_json) for record in records[2:]]
print(json.dumps({"short": short.hex(), "lengths": lengths, "bytes": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}))
