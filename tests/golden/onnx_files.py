"""Writes golden/onnx/*.onnx with the official onnx package: files that dlrun must read, and write byte for byte.

usage: python onnx_files.py    (onnx 1.23, numpy)
"""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent / "onnx"
TYPES = "FLOAT UINT8 INT8 UINT16 INT16 INT32 INT64 BOOL FLOAT16 DOUBLE UINT32 UINT64 COMPLEX64 COMPLEX128 BFLOAT16"
FLOAT8 = "FLOAT8E4M3FN FLOAT8E4M3FNUZ FLOAT8E5M2 FLOAT8E5M2FNUZ".split()


def save(name, model, check=True):
    if check:
        onnx.checker.check_model(model, full_check=False)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def model_of(graph, opset=17, **extra):
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    for key, value in extra.items():
        setattr(model, key, value)
    return model


def counting(kind, raw):
    """[2, 3]: 0..5 (bool: value % 2) as every type."""
    number = getattr(T, kind)
    if kind in FLOAT8 or kind == "BFLOAT16":
        bits = {"BFLOAT16": [0, 0x3F80, 0x4000, 0x4040, 0x4080, 0x40A0],
                "FLOAT8E4M3FN": [0, 0x38, 0x40, 0x44, 0x48, 0x4A],
                "FLOAT8E4M3FNUZ": [0, 0x40, 0x48, 0x4C, 0x50, 0x52],
                "FLOAT8E5M2": [0, 0x3C, 0x40, 0x42, 0x44, 0x45],
                "FLOAT8E5M2FNUZ": [0, 0x40, 0x44, 0x46, 0x48, 0x49]}[kind]
        array = np.array(bits, np.uint16 if kind == "BFLOAT16" else np.uint8)
        tensor = T(dims=[2, 3], data_type=number, name=kind)
        if raw:
            tensor.raw_data = array.tobytes()
        else:
            tensor.int32_data.extend(bits)
        return tensor
    array = np.arange(6).reshape(2, 3)
    array = (array % 2).astype(bool) if kind == "BOOL" else array.astype(helper.tensor_dtype_to_np_dtype(number))
    if raw:
        return numpy_helper.from_array(array, kind)
    return helper.make_tensor(kind, number, [2, 3], array.flatten().tolist() if kind != "FLOAT16" else array.flatten())


def types(raw):
    kinds = TYPES.split() + FLOAT8
    return model_of(helper.make_graph(
        [helper.make_node("Identity", ["FLOAT"], ["y"])], "types", [],
        [helper.make_tensor_value_info("y", T.FLOAT, [2, 3])], [counting(kind, raw) for kind in kinds]))


def everything():
    """Every part of a model that dlrun keeps, and nothing else."""
    small = helper.make_graph([helper.make_node("Neg", ["x"], ["negative"], name="negate")], "then", [],
                              [helper.make_tensor_value_info("negative", T.FLOAT, ["batch", 3])])
    large = helper.make_graph([helper.make_node("Add", ["x", "two"], ["sum"])], "else", [],
                              [helper.make_tensor_value_info("sum", T.FLOAT, None)],
                              [numpy_helper.from_array(np.array([2.0], np.float32), "two")])
    custom = helper.make_node("Anything", ["chosen", "", "weight"], ["", "out"], name="/custom/Anything",
                              domain="com.example")
    for name, value in (("f", -1.5), ("i", -2), ("s", "größe"), ("t", numpy_helper.from_array(np.array(7, np.int64))),
                        ("floats", [1.0, -0.5]), ("ints", [1, -1, 2**40]), ("strings", ["a", ""])):
        custom.attribute.append(helper.make_attribute(name, value))
    empty = helper.make_attribute("nothing", [1])
    del empty.ints[:]
    custom.attribute.append(empty)
    graph = helper.make_graph(
        [helper.make_node("If", ["condition"], ["chosen"], name="choose", then_branch=small, else_branch=large), custom],
        "everything",
        [helper.make_tensor_value_info("x", T.FLOAT, ["batch", 3]), helper.make_tensor_value_info("condition", T.BOOL, [])],
        [helper.make_tensor_value_info("out", T.BFLOAT16, [1, None, "length"])],
        [numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(2, 3), "weight"),
         numpy_helper.from_array(np.zeros((0, 4), np.float32), "empty")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.example", 3)],
                              ir_version=9, producer_name="dlrun", producer_version="0.1.0")
    helper.set_model_props(model, {"classes": '["cat","dog"]', "recipe": ""})
    return model


def ignored():
    """What dlrun reads over: doc strings, value_info, versions, the domain's long name, packed dimensions of no use."""
    node = helper.make_node("Relu", ["x"], ["middle"], doc_string="a note", domain="ai.onnx")
    last = helper.make_node("Relu", ["middle"], ["y"])
    graph = helper.make_graph([node, last], "ignored", [helper.make_tensor_value_info("x", T.FLOAT, [-1, 3])],
                              [helper.make_tensor_value_info("y", T.FLOAT, [1, 3])],
                              value_info=[helper.make_tensor_value_info("middle", T.FLOAT, [1, 3])], doc_string="graph")
    return model_of(graph, model_version=5, doc_string="model", domain="com.example")


def external():
    """Weights beside the model; two of them are the same bytes, one lies at an odd offset."""
    weight = np.arange(512, dtype=np.float32)
    odd = np.arange(5, dtype=np.int64)
    (FOLDER / "external.onnx.data").write_bytes(weight.tobytes() + b"\1" + odd.tobytes())
    tensors = []
    for name, array, offset in (("a", weight, 0), ("b", weight.reshape(2, 256), 0), ("odd", odd, weight.nbytes + 1)):
        tensor = T(dims=array.shape, data_type=helper.np_dtype_to_tensor_dtype(array.dtype), name=name)
        tensor.data_location = T.EXTERNAL
        for key, value in (("location", "external.onnx.data"), ("offset", str(offset)), ("length", str(array.nbytes))):
            tensor.external_data.add(key=key, value=value)
        tensors.append(tensor)
    return model_of(helper.make_graph([helper.make_node("Identity", ["a"], ["y"])], "external", [],
                                      [helper.make_tensor_value_info("y", T.FLOAT, [512])], tensors))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    save("types_raw", types(True))
    save("types_typed", types(False))
    save("everything", everything(), check=False)  # "Anything" is nobody's operator.
    save("ignored", ignored(), check=False)  # The checker knows the domain only as "".
    save("external", external(), check=False)  # It wants a path.
    onnx.checker.check_model(str(FOLDER / "external.onnx"))
