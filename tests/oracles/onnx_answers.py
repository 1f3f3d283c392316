"""Models and answers that tests wrote to a folder (DLRUN_ONNX_DUMP), against the ONNX checker and onnxruntime.

usage: onnx_answers.py FOLDER    Exits 1 when one fails the checker, does not run, or differs.
"""

import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime

TYPES = {"Float": "float32", "Double": "float64", "Int": "int32", "Long": "int64", "Bool": "bool", "Byte": "uint8"}


def array(value):
    numbers = [float(number) for number in value["values"]]
    return numpy.array(numbers).reshape(value["shape"]).astype(TYPES[value["type"]])


failures, count, largest = [], 0, 0.0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    stored = json.loads(path.with_suffix(".json").read_text())
    count += 1
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        names = [value.name for value in session.get_outputs()]
        feed = {value.name: array(stored["inputs"][value.name]) for value in session.get_inputs()}
        for name, actual in zip(names, session.run(names, feed)):
            expected = array(stored["outputs"][name])
            assert actual.shape == expected.shape and actual.dtype == expected.dtype, f"{actual.shape} {actual.dtype}"
            if actual.size == 0:
                continue
            a, b = expected.astype("float64"), actual.astype("float64")
            gap = numpy.where((a == b) | (numpy.isnan(a) & numpy.isnan(b)), 0.0, abs(a - b)).max()
            gap /= max(1.0, abs(numpy.where(numpy.isfinite(a), a, 0.0)).max())
            assert gap <= 1e-4, f"differs by {gap}"
            largest = max(largest, gap)
    except Exception as error:  # noqa: BLE001: whatever goes wrong is the finding
        failures.append(f"{path.stem}: {str(error).splitlines()[0][:300]}")
print(f"{count} models, largest difference {largest:.1e}, {len(failures)} failures")
print("\n".join(failures))
sys.exit(bool(failures) or count == 0)
