"""The operator tests of the onnx package (those of single nodes, for the CPU) through `dlrun predict`.

usage: onnx_backend.py DLRUN FOLDER [NAME ...]     FOLDER is for files; with names only these tests run, and say more.

Each test is a model with inputs and outputs. It agrees where every output has the expected type and shape and, within the
tolerance of the test, the expected numbers. It is refused where dlrun ends with 65 and says why; that is right where an
operator is not in the table of docs/onnx.md, or where the table, or the list of what files may hold, says so. Anything
else is a difference. Ends with 1 where there is one, or a refusal of what the table promises.

Starting dlrun takes longer than any test, so the tests of one opset stand beside each other in one file."""

import collections
import json
import pathlib
import re
import struct
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnx.backend.test.loader import load_model_tests

WORDS = {TensorProto.FLOAT: "F32", TensorProto.DOUBLE: "F64", TensorProto.FLOAT16: "F16", TensorProto.BFLOAT16: "BF16",
         TensorProto.INT8: "I8", TensorProto.INT16: "I16", TensorProto.INT32: "I32", TensorProto.INT64: "I64",
         TensorProto.UINT8: "U8", TensorProto.UINT16: "U16", TensorProto.UINT32: "U32", TensorProto.UINT64: "U64",
         TensorProto.BOOL: "BOOL", TensorProto.FLOAT8E4M3FN: "F8_E4M3", TensorProto.FLOAT8E5M2: "F8_E5M2",
         TensorProto.FLOAT8E4M3FNUZ: "F8_E4M3FNUZ", TensorProto.FLOAT8E5M2FNUZ: "F8_E5M2FNUZ"}
NUMPY = {"F32": np.float32, "F64": np.float64, "F16": np.float16, "I8": np.int8, "I16": np.int16, "I32": np.int32,
         "I64": np.int64, "U8": np.uint8, "U16": np.uint16, "U32": np.uint32, "U64": np.uint64, "BOOL": np.bool_}
NEWEST = 21  # of the domain ai.onnx; the tests of version 1.16 know no later one

# What docs/onnx.md says of files, in dlrun's words; each is a reason to refuse.
FILES = ["values that are sequences", "values that are maps", "values that are sparse tensors", "values that are optional",
         "the model takes strings", "of type INT4", "of type UINT4", "functions are not supported", "element type STRING",
         "element type INT4", "element type UINT4"]


# Numbers of the package that its own reference, of version 1.23.2, no longer gives; there it gives those of dlrun.
CORRECTED = {"test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True"}
# A scale that leads to no whole size: the package goes on with it, onnxruntime and PyTorch with the size there is, as dlrun.
DISPUTED = {"test_resize_downsample_scales_linear_align_corners", "test_resize_downsample_scales_cubic_align_corners"}


class NoFile(Exception):
    """A value that no safetensors file holds."""


def to_bytes(tensor, info):
    """(word, shape, bytes) of a TensorProto. The tests store what numpy has no type for as integers of its width."""
    stored, declared = tensor.data_type, info.type.tensor_type.elem_type
    bits = {TensorProto.UINT16: (TensorProto.BFLOAT16,),
            TensorProto.UINT8: (TensorProto.FLOAT8E4M3FN, TensorProto.FLOAT8E5M2, TensorProto.FLOAT8E4M3FNUZ,
                                TensorProto.FLOAT8E5M2FNUZ)}
    word = WORDS.get(declared if declared in bits.get(stored, ()) else stored)
    if declared != stored and declared in bits.get(stored, ()):
        return word, list(tensor.dims), numpy_helper.to_array(tensor).tobytes()
    if word is None:
        raise NoFile(TensorProto.DataType.Name(tensor.data_type))
    shape = list(tensor.dims)
    if word in NUMPY:
        return word, shape, numpy_helper.to_array(tensor).astype(NUMPY[word]).tobytes()
    if tensor.HasField("raw_data"):
        return word, shape, tensor.raw_data
    width = 2 if word == "BF16" else 1
    return word, shape, b"".join(int(n).to_bytes(width, "little") for n in tensor.int32_data)


def write(path, tensors):
    header, content = {}, b""
    for name, (word, shape, data) in tensors.items():
        header[name] = {"dtype": word, "shape": shape, "data_offsets": [len(content), len(content) + len(data)]}
        content += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + content)


def read(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name] = (entry["dtype"], entry["shape"], data[8 + length + begin:8 + length + end])
    return tensors


def numbers(value):
    word, shape, data = value
    if word in NUMPY:
        return np.frombuffer(data, NUMPY[word]).reshape(shape)
    if word == "BF16":
        wide = np.frombuffer(data, np.uint16).astype(np.uint32) << 16
        return wide.view(np.float32).reshape(shape)
    return np.frombuffer(data, np.uint8).reshape(shape)  # bit for bit


def load(path):
    tensor = TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return tensor


class Case:
    """A test with one data set: its model, its values by name, and the verdict."""

    def __init__(self, test, data):
        self.name = f"{test.name}/{data.name[len('test_data_set_'):]}"
        self.test, self.verdict, self.why = test, None, ""
        self.model = onnx.load(f"{test.model_dir}/model.onnx")
        self.opset = {o.domain: o.version for o in self.model.opset_import}.get("", 0)
        self.operators = sorted({node.op_type for node in nodes_of(self.model.graph)})
        # What is not a tensor that a safetensors file holds cannot be given; the model is tried all the same.
        self.plain = not self.model.functions and set(self.opset_domains()) == {""}
        self.inputs = self.values(self.model.graph.input, data, "input")
        self.outputs = self.values(self.model.graph.output, data, "output")

    def opset_domains(self):
        return [o.domain for o in self.model.opset_import]

    def values(self, infos, data, kind):
        result = {}
        for i, info in enumerate(infos):
            file = data / f"{kind}_{i}.pb"
            try:
                if info.type.WhichOneof("value") != "tensor_type":
                    raise NoFile
                if file.exists():
                    result[info.name] = to_bytes(load(file), info)
            except NoFile:
                self.plain = False
        return result

    def prefix(self):
        return self.name + ":"

    def judge(self, got):
        """From the outputs by name."""
        name = self.test.name
        self.verdict = "corrected" if name in CORRECTED else "disputed" if name in DISPUTED else "differs"
        for name, wanted in self.outputs.items():
            if name not in got:
                self.why = f"no output '{name}'"
                return
            word, shape, _ = got[name]
            if (word, shape) != wanted[:2]:
                self.why = f"{name} is {word} {shape}, expected {wanted[0]} {wanted[1]}"
                return
            # The package cuts numbers off to bfloat16, where rounding is asked for: a unit in the last place.
            rtol = 2**-7 if word == "BF16" else self.test.rtol
            try:
                np.testing.assert_allclose(numbers(got[name]), numbers(wanted), rtol=rtol, atol=self.test.atol)
            except AssertionError as error:
                self.why = f"{name}: " + " ".join(str(error).split())[:300]
                return
        self.verdict = "agreed"


def nodes_of(graph):
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from nodes_of(attribute.g)


def rename(graph, prefix):
    """Every name begins with the prefix, so that models can stand beside each other in one file."""
    for info in [*graph.input, *graph.output, *graph.value_info]:
        info.name = prefix + info.name
        for dimension in info.type.tensor_type.shape.dim:
            if dimension.dim_param:
                dimension.dim_param = prefix + dimension.dim_param
    for initializer in graph.initializer:
        initializer.name = prefix + initializer.name
    for node in graph.node:
        node.name = prefix
        for names in (node.input, node.output):
            names[:] = [prefix + name if name else name for name in names]
        for attribute in node.attribute:
            if attribute.HasField("g"):
                rename(attribute.g, prefix)


class Program:
    def __init__(self, dlrun, folder):
        self.dlrun, self.folder, self.runs = dlrun, folder, 0

    def predict(self, model, inputs):
        """(exit code, what it said, outputs by name)"""
        self.runs += 1
        model_file, inputs_file, outputs = (self.folder / name for name in ("m.onnx", "i.safetensors", "o.safetensors"))
        onnx.save(model, str(model_file))
        write(inputs_file, inputs)
        outputs.unlink(missing_ok=True)
        done = subprocess.run([self.dlrun, "predict", model_file, inputs_file, "--output", outputs, "--engine", "dlrun"],
                              capture_output=True, text=True)
        return done.returncode, done.stderr.strip(), read(outputs) if done.returncode == 0 else {}

    def alone(self, case):
        code, case.why, got = self.predict(case.model, case.inputs)
        if code == 0:
            case.judge(got)
        else:
            case.verdict = "refused" if code == 65 else "differs"
            case.why = case.why if code == 65 else f"exit code {code}: {case.why}"

    def together(self, cases):
        """One file of all of them: a program that starts once answers hundreds. Those it names are refused, the others
        go on without them."""
        while cases:
            merged, inputs = onnx.ModelProto(), {}
            merged.ir_version = max(case.model.ir_version for case in cases)
            merged.opset_import.add(domain="", version=cases[0].opset)
            merged.graph.name = "all"
            for case in cases:
                graph = onnx.GraphProto()
                graph.CopyFrom(case.model.graph)
                rename(graph, case.prefix())
                merged.graph.MergeFrom(graph)
                inputs.update({case.prefix() + name: value for name, value in case.inputs.items()})
            merged.graph.name = "all"
            code, said, got = self.predict(merged, inputs)
            if code == 0:
                for case in cases:
                    case.judge({name: got.get(case.prefix() + name) for name in case.outputs if case.prefix() + name in got})
                return
            for case in cases:
                lines = [line.strip() for line in said.splitlines() if f"'{case.prefix()}" in line]
                if lines and code == 65:
                    case.verdict, case.why = "refused", "; ".join(lines)
            for case in cases if all(case.verdict is None for case in cases) else []:
                self.alone(case)
            cases = [case for case in cases if case.verdict is None]


def stated(case, table):
    """Whether docs/onnx.md says that this is refused."""
    if any(name not in table for name in case.operators) or not any(d in ("", "ai.onnx") for d in case.opset_domains()):
        return "an operator that is not in the table: " + ", ".join(name for name in case.operators if name not in table)
    for reason in [limit for name in case.operators for limit in table[name].split(", ") if limit] + FILES:
        if reason in case.why:
            return f"{', '.join(case.operators)}: {reason}"
    return None


def main():
    dlrun, folder, names = sys.argv[1], pathlib.Path(sys.argv[2]), set(sys.argv[3:])
    tests = [test for test in load_model_tests(kind="node") if not names or test.name in names]
    cases = [Case(test, data) for test in tests for data in sorted(pathlib.Path(test.model_dir).glob("test_data_set_*"))]
    newer = [case for case in cases if case.opset > NEWEST]
    cases = [case for case in cases if case.opset <= NEWEST]
    page = pathlib.Path("docs/onnx.md").read_text()
    table = dict(re.findall(r"^\| (\w+) \| \d+ to \d+ \| (.*?) \|$", page, re.M))
    program = Program(dlrun, folder)
    groups = collections.defaultdict(list)
    for case in cases:
        if case.plain:
            groups[case.opset].append(case)
        else:
            program.alone(case)
    for _, group in sorted(groups.items()):
        program.together(group)

    reasons, broken = collections.Counter(), []
    for case in cases:
        reason = stated(case, table) if case.verdict == "refused" else None
        if reason:
            reasons[reason] += 1
        elif case.verdict not in ("agreed", "corrected", "disputed"):
            broken.append(f"{case.name} ({', '.join(case.operators)}): {case.verdict}: {case.why}")
        if names:
            print(f"{case.name}: {case.verdict} {case.why}")
    for reason, count in sorted(reasons.items()):
        print(f"  {count:3d} refused: {reason}")
    for line in broken:
        print("BROKEN " + line)
    counts = collections.Counter(case.verdict for case in cases)
    print(f"{len(tests)} tests, {len(cases)} data sets: {counts['agreed']} agreed, {counts['differs']} differ, "
          f"{counts['corrected']} with numbers that the package has corrected since, {counts['disputed']} in which "
          f"onnxruntime differs as dlrun does, {counts['refused']} refused by name, "
          f"{len(newer)} of a later opset left out ({program.runs} runs of dlrun)")
    return 1 if broken else 0


sys.exit(main())
