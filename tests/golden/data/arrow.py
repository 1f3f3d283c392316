"""Writes the tables of arrow/ beside itself with pyarrow 25.0 and pandas 3.0, and cells.json: what every cell is as text."""
import datetime
import decimal
import json
import os

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as encryption

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arrow")
os.makedirs(here, exist_ok=True)


def at(name):
    return os.path.join(here, name)


utc = datetime.timezone.utc
when = [datetime.datetime(2024, 1, 31, 13, 45, 1, 250000), datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), None, datetime.datetime(2024, 2, 29)]
columns = {
    "whole": pa.array([1, -(2**53) - 1, None, 2**62], pa.int64()),
    "small": pa.array([1, 255, 0, None], pa.uint8()),
    "large": pa.array([0, 2**64 - 1, None, 7], pa.uint64()),
    "price": pa.array([0.1, -1234567.25, None, 1e-20], pa.float64()),
    "single": pa.array([0.1, float("nan"), float("inf"), 16777216.0], pa.float32()),
    "half": pa.array(np.array([0.5, 65504, 6e-8, np.nan], np.float16)),
    "sum": pa.array([decimal.Decimal("12.30"), decimal.Decimal("-0.05"), None, decimal.Decimal("99999999999999999999.99")], pa.decimal128(22, 2)),
    "name": pa.array(['a, "b"', "zwei\nZeilen", None, " \u00fc "]),
    "long": pa.array(["x", "", None, "y" * 300], pa.large_string()),
    "kind": pa.array(["red", "blue", None, "red"]).dictionary_encode(),
    "count": pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, None]), pa.array([10, 20])),
    "ok": pa.array([True, False, None, True]),
    "day": pa.array([datetime.date(2024, 1, 31), datetime.date(1969, 12, 31), None, datetime.date(1, 1, 1)], pa.date32()),
    "at": pa.array(when, pa.timestamp("us")),
    "nanos": pa.array([1, 10**9, None, 86400 * 10**9], pa.timestamp("ns")),
    "zoned": pa.array([0, 1500, None, 86400000], pa.timestamp("ms", "Europe/Berlin")),
    "clock": pa.array([datetime.time(13, 45, 1, 250000), datetime.time(0), None, datetime.time(23, 59, 59)], pa.time64("us")),
    "took": pa.array([1500, -250, None, 3600000], pa.duration("ms")),
    "nothing": pa.nulls(4),
}
nested = {
    "tags": pa.array([["a"], [], None, ["b", "c"]]),
    "picture": pa.array([{"bytes": b"x", "path": "p"}] * 4),
    "bytes": pa.array([b"\xff", b"", None, b"x"]),
}
cells = {
    "whole": ["1", "-9007199254740993", "", "4611686018427387904"],
    "small": ["1", "255", "0", ""],
    "large": ["0", "18446744073709551615", "", "7"],
    "price": ["0.1", "-1234567.25", "", "1e-20"],
    "single": ["0.1", "", "inf", "16777216"],
    "half": ["0.5", "65504", "5.9604645e-08", ""],
    "sum": ["12.30", "-0.05", "", "99999999999999999999.99"],
    "name": ['a, "b"', "zwei\nZeilen", "", "\u00fc"],
    "long": ["x", "", "", "y" * 300],
    "kind": ["red", "blue", "", "red"],
    "count": ["10", "20", "20", ""],
    "ok": ["true", "false", "", "true"],
    "day": ["2024-01-31", "1969-12-31", "", "0001-01-01"],
    "at": ["2024-01-31 13:45:01.25", "1969-12-31 23:59:59.999999", "", "2024-02-29"],
    "nanos": ["1970-01-01 00:00:00.000000001", "1970-01-01 00:00:01", "", "1970-01-02"],
    "zoned": ["1970-01-01 00:00:00+00:00", "1970-01-01 00:00:01.5+00:00", "", "1970-01-02 00:00:00+00:00"],
    "clock": ["13:45:01.25", "00:00:00", "", "23:59:59"],
    "took": ["1.5", "-0.25", "", "3600"],
    "nothing": ["", "", "", ""],
}
assert list(cells) == list(columns)
# What pandas itself reads back is what the cells say, where pandas has a text of its own.
for name in ["whole", "price", "sum", "day"]:
    for cell, value in zip(cells[name], columns[name].to_pylist()):
        assert cell == "" if value is None else cell == str(value), (name, cell, value)
table = pa.table({**columns, **nested})
for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    pq.write_table(table, at(f"{codec}.parquet"), compression=codec, row_group_size=3, data_page_version="2.0" if codec == "zstd" else "1.0", write_page_checksum=codec == "gzip")
pq.write_table(table.drop_columns(["half", "took", "count"]), at("old.parquet"), use_deprecated_int96_timestamps=True, store_schema=False, version="1.0", use_dictionary=False)
pa.feather.write_feather(table, at("lz4.feather"), compression="lz4", chunksize=3)
with pa.ipc.new_file(at("file.arrow"), table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
    writer.write_table(table, max_chunksize=3)
with pa.ipc.new_stream(at("stream.arrow"), table.schema) as writer:
    writer.write_table(table, max_chunksize=3)
json.dump({"cells": cells, "left_out": list(nested)}, open(at("cells.json"), "w"), indent=1)

# As pandas writes a frame whose rows were drawn: its index beside the columns.
frame = pandas.DataFrame({"x": [1.5, 2.5, 3.5], "y": ["a", "b", "a"]}, index=[7, 3, 5])
frame.to_parquet(at("indexed.parquet"))
rng = np.random.default_rng(0)
many = pandas.DataFrame({"rooms": np.arange(20000) % 7, "price": rng.normal(size=20000).round(3), "kind": np.array(["red", "blue", "green"])[np.arange(20000) % 3]})
many.to_parquet(at("many.parquet"), row_group_size=6000)

pq.write_table(pa.table({"x": pa.array([], pa.int64())}), at("no_rows.parquet"))
pq.write_table(pa.table({"tags": pa.array([[1], [2]])}), at("only_lists.parquet"))
pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"]), at("twice.parquet"))
pq.write_table(pa.table({"x": pa.array(["a", "b\0c"])}), at("zero.parquet"))
pq.write_table(pa.table({"x": pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(np.array([0, 1, 3], np.int32)), pa.py_buffer(b"a\xff\xfe")])}), at("latin.parquet"))


class Plain(encryption.KmsClient):
    def __init__(self, _):
        super().__init__()

    def wrap_key(self, key, _):
        return key

    def unwrap_key(self, key, _):
        return key


factory = encryption.CryptoFactory(lambda configuration: Plain(configuration))
for name, plain in [("encrypted", False), ("encrypted_column", True)]:
    configuration = encryption.EncryptionConfiguration(footer_key="f", column_keys={"k": ["x"]}, plaintext_footer=plain, double_wrapping=False)
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), configuration)
    small = pa.table({"x": [1, 2], "y": [3, 4]})
    with pq.ParquetWriter(at(f"{name}.parquet"), small.schema, encryption_properties=properties) as writer:
        writer.write_table(small)
