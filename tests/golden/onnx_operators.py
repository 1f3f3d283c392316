"""Writes golden/onnx_operators.onnx: small models, what goes into them, and what onnxruntime gives.

usage: python onnx_operators.py    (onnx 1.23, onnxruntime 1.32, numpy)

The file is itself an ONNX file, for its compact tensors: initializers "CASE" (the model's bytes), "CASE<NAME" (an input) and
"CASE>NAME" (an output). CASE is "Operator/opset/what".
"""

import pathlib
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper, numpy_helper

warnings.filterwarnings("ignore")
onnxruntime.set_default_logger_severity(4)
rng = np.random.default_rng(7)
F, D, H = np.float32, np.float64, np.float16
cases, skipped, by_reference = {}, [], []


def rand(*shape, low=-2.0, high=2.0, dtype=F):
    return rng.uniform(low, high, shape).astype(dtype)


def ints(*values, dtype=np.int64):
    return np.array(values, dtype)


def scalar(value, dtype=np.int64):
    return np.array(value, dtype)


def seq(*shape, dtype=F):
    return np.arange(int(np.prod(shape))).reshape(shape).astype(dtype)


def type_of(array):
    return helper.np_dtype_to_tensor_dtype(array.dtype)


def store(name, nodes, inputs, outputs, opset, ort=True):
    """`outputs` are names; inputs arrays by name."""
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info(key, type_of(value), value.shape) for key, value in inputs.items()],
        [onnx.ValueInfoProto(name=output) for output in outputs])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    model.ClearField("producer_name")
    try:
        full = onnx.shape_inference.infer_shapes(model)  # onnxruntime wants the types of outputs.
        if any(not output.type.WhichOneof("value") for output in full.graph.output):
            raise RuntimeError("no type inferred")
        if all(output.type.tensor_type.HasField("shape") for output in full.graph.output):  # The checker wants one.
            onnx.checker.check_model(full)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(full.SerializeToString(), options, providers=["CPUExecutionProvider"])
        results = session.run(outputs, inputs)
    except Exception as error:
        if ort:
            skipped.append((name, opset, str(error)[:200]))
            return
        from onnx.reference import ReferenceEvaluator
        results = ReferenceEvaluator(full).run(outputs, inputs)
        by_reference.append(name)
    key = f"{nodes[-1].op_type}/{opset}/{name}"
    assert key not in cases, key
    cases[key] = (model, inputs, dict(zip(outputs, results)))


def case(op, inputs, opset=17, outputs=1, name="", ort=True, **attributes):
    """One node. Inputs are arrays, or None for one that is left out. Without `ort`, what onnxruntime does not run is run
    by onnx.reference."""
    opsets = opset if isinstance(opset, (list, tuple)) else [opset]
    names = ["" if value is None else chr(97 + i) for i, value in enumerate(inputs)]
    given = {key: value for key, value in zip(names, inputs) if key}
    outs = outputs if isinstance(outputs, list) else [f"y{i}" for i in range(outputs)]
    name = name or ",".join(f"{key}={value}" for key, value in attributes.items()).replace(" ", "").replace(">", "")
    for each in opsets:
        node = helper.make_node(op, names, outs, **attributes)
        store(name[:120], [node], given, [out for out in outs if out], each, ort)


def elementwise():
    for op in ("Add", "Sub", "Mul", "Div"):
        case(op, [rand(2, 3), rand(3)], [13, 14], name="broadcast")
        case(op, [seq(2, 3, dtype=np.int64) - 3, ints(2, -2, 3)], 14, name="int64")
        case(op, [rand(2, 1), rand()], 21, name="scalar")
    case("Div", [ints(-7, 7, -8, 9, dtype=np.int32), ints(2, -2, -1, -1, dtype=np.int32)], name="truncates")
    case("Div", [rand(3, dtype=D), rand(3, dtype=D)], name="double")
    case("Mod", [ints(-7, 7, -8, 9), ints(3, -3, 5, -1)], name="sign of the divisor")
    case("Mod", [ints(-7, 7, -8, 9), ints(3, -3, 5, -1)], fmod=1)
    case("Mod", [rand(4), rand(4)], fmod=1, name="float")
    case("Pow", [rand(2, 3, low=0.1), rand(3)], [13, 15], name="float")
    case("Pow", [rand(2, 3), ints(2, 3, 1)], 15, name="int exponent")
    case("Pow", [ints(2, -3, 4), ints(3, 2, 0)], 15, name="ints")
    case("Pow", [ints(2, 3, 4, dtype=np.int32), rand(3, low=0, high=2)], 15, name="float exponent")
    for op in ("Max", "Min", "Sum", "Mean"):
        case(op, [rand(2, 3), rand(3), rand(2, 1)], 13, name="three")
        case(op, [rand(2, 3)], 13, name="one")
    case("Max", [ints(1, 5), ints(3)], name="int64")
    case("Min", [np.array([1, np.nan, 3], F), np.array([2, 2, np.nan], F)], name="nan")


def unary():
    values = rand(2, 3, low=-3, high=3)
    for op in "Abs Ceil Cos Erf Exp Floor Neg Sin Sign Tan Tanh Atan Sinh Cosh Asinh Reciprocal Identity".split():
        case(op, [values], 13, name="float")
    for op in "Log Sqrt".split():
        case(op, [np.abs(values)], 13, name="float")
    for op in "Acos Asin Atanh".split():
        case(op, [rand(4, low=-0.9, high=0.9)], 13, name="float")
    case("Acosh", [rand(4, low=1.1, high=3)], 13, name="float")
    case("Abs", [ints(-3, 4)], name="int64")
    case("Neg", [ints(-3, 4, dtype=np.int32)], name="int32")
    case("Sign", [ints(-3, 0, 4)], name="int64")
    case("Round", [np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.4], F)], name="half to even")
    case("Exp", [values.astype(D)], name="double")
    special = np.array([1, np.nan, np.inf, -np.inf], F)
    case("IsNaN", [special], [13, 20], name="float")
    case("IsInf", [special], [13, 20], name="both")
    case("IsInf", [special], detect_negative=0)
    case("IsInf", [special], detect_positive=0)
    case("Not", [np.array([True, False])], name="bool")
    case("BitwiseNot", [ints(0, 5, -3)], 18, name="int64")


def comparison():
    a, b = ints(1, 2, 3, 4), ints(4, 2, 1, 4)
    for op in "Equal Greater GreaterOrEqual Less LessOrEqual".split():
        case(op, [a, b], [13, 16 if op.endswith("OrEqual") else 19 if op == "Equal" else 17], name="int64")
        case(op, [rand(2, 3), rand(3)], 17, name="broadcast")
    p, q = np.array([True, True, False, False]), np.array([True, False, True, False])
    for op in "And Or Xor".split():
        case(op, [p, q], 13, name="bool")
    case("Equal", [p, q], name="bool")
    for op in "BitwiseAnd BitwiseOr BitwiseXor".split():
        case(op, [a, b], 18, name="int64")
    case("BitShift", [ints(1, 8, dtype=np.uint8), ints(2, 1, dtype=np.uint8)], direction="LEFT")
    case("BitShift", [ints(1, 8, dtype=np.uint8), ints(2, 1, dtype=np.uint8)], direction="RIGHT")
    case("Where", [np.array([[True], [False]]), rand(3), rand(2, 3)], [13, 16], name="broadcast")
    case("Where", [p, a, b], name="int64")


def activation():
    x = rand(2, 5, low=-4, high=4)
    for op in "Relu Sigmoid Softplus Softsign Tanh Elu Selu Celu LeakyRelu HardSigmoid ThresholdedRelu Shrink".split():
        case(op, [x], 14 if op == "Relu" else 16 if op == "LeakyRelu" else 13, name="defaults")
    for op in "Elu Celu LeakyRelu ThresholdedRelu".split():
        case(op, [x], 16, alpha=0.6)
    case("Celu", [x], alpha=2.5)
    case("Selu", [x], alpha=2.0, gamma=0.5)
    case("HardSigmoid", [x], alpha=0.3, beta=0.4)
    case("Shrink", [x], lambd=1.5, bias=1.0)
    case("HardSwish", [x], 14, name="defaults")
    case("Mish", [x], 18, name="defaults")
    case("Gelu", [x], 20, name="defaults")
    case("Gelu", [x], 20, approximate="tanh")
    case("PRelu", [rand(2, 3, 4), rand(3, 1)], [13, 16], name="by channel")
    case("PRelu", [rand(2, 3), rand(1)], 16, name="shared")
    case("Relu", [ints(-2, 3, dtype=np.int32)], 14, name="int32")
    for op in "Softmax LogSoftmax Hardmax".split():
        case(op, [rand(2, 3, 4)], 13, name="defaults")
        case(op, [rand(2, 3, 4)], 13, axis=1)
        case(op, [rand(2, 3, 4)], 17, axis=-3)
    case("Clip", [x, scalar(-1, F), scalar(2, F)], 13, name="both")
    case("Clip", [x, None, scalar(2, F)], name="above")
    case("Clip", [x, scalar(-1, F)], name="below")
    case("Clip", [x], name="neither")
    case("Clip", [x, scalar(2, F), scalar(-1, F)], name="crossed")
    case("Clip", [ints(1, 5, 9), scalar(2), scalar(7)], name="int64")


def reduction():
    x = rand(2, 3, 4, low=0.1)
    names = "L1 L2 LogSum LogSumExp Max Mean Min Prod SumSquare".split()
    for each in names:
        op = "Reduce" + each
        case(op, [x], 13, name="all")
        case(op, [x], 17, axes=[1])
        case(op, [x], 13, axes=[-1, 0], keepdims=0)
        case(op, [x, ints(1)], 18, name="axes input")
        case(op, [x, ints(0, -1)], 18, keepdims=0)
        case(op, [x], 18, name="all by default")
    for opset in (13, 18):
        case("ReduceSum", [x, ints(1)], opset, name="axes input")
        case("ReduceSum", [x, ints(0, 2)], opset, keepdims=0)
        case("ReduceSum", [x], opset, name="all")
    case("ReduceSum", [x, ints()], noop_with_empty_axes=1)
    case("ReduceMean", [x, ints()], 18, noop_with_empty_axes=1)
    case("ReduceMax", [x, ints()], 18, name="empty axes")
    case("ReduceSum", [ints(1, 2, 3), ints(0)], name="int64")
    case("ReduceSum", [np.array([[1, 2], [3, 4]], np.int32), ints(0)], name="int32")
    case("ReduceMax", [ints(1, 9, 3)], axes=[0], name="int64")
    case("ReduceMean", [ints(-7, 2, 2, dtype=np.int32)], axes=[0], name="int32")
    case("ReduceProd", [ints(2, 3, 4)], axes=[0], name="int64")
    case("ReduceMax", [np.array([[True, False], [False, False]]), ints(1)], 20, name="bool")
    case("ReduceSum", [np.zeros((2, 0), F), ints(1)], name="nothing")
    ties = np.array([[1, 3, 3], [2, 2, 0]], F)
    for op in ("ArgMax", "ArgMin"):
        case(op, [ties], name="defaults")
        case(op, [ties], axis=1, keepdims=0)
        case(op, [ties], axis=-1, select_last_index=1)
    for exclusive in (0, 1):
        for reverse in (0, 1):
            case("CumSum", [rand(2, 4), scalar(1)], 14, exclusive=exclusive, reverse=reverse)
    case("CumSum", [rand(2, 4), ints(-2, dtype=np.int32)], name="axis -2")
    values = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]], F)
    case("TopK", [values, ints(3)], outputs=2, name="largest")
    case("TopK", [values, ints(2)], outputs=2, axis=0, largest=0)
    case("TopK", [np.array([2, 7, 7, 2], np.int64), ints(3)], outputs=2, name="ties")


def matrix():
    for name, a, b in (("2d", (2, 3), (3, 4)), ("batches", (2, 1, 2, 3), (3, 3, 2)), ("vector right", (2, 3), (3,)),
                       ("vector left", (3,), (2, 3, 2)), ("vectors", (3,), (3,))):
        case("MatMul", [rand(*a), rand(*b)], 13, name=name)
    case("MatMul", [ints(1, 2).reshape(1, 2), ints(3, 4).reshape(2, 1)], name="int64")
    case("Gemm", [rand(2, 3), rand(3, 4)], 13, name="no C")
    case("Gemm", [rand(2, 3), rand(3, 4), rand(4)], 13, name="bias")
    case("Gemm", [rand(3, 2), rand(4, 3), rand(2, 1)], transA=1, transB=1, alpha=0.5, beta=2.0)
    case("Gemm", [rand(2, 3), rand(3, 4), rand(2, 4)], beta=0.5)
    case("Gemm", [rand(2, 3), rand(3, 4), rand()], name="scalar C")
    case("Gemm", [rand(2, 3, dtype=D), rand(3, 4, dtype=D), rand(1, 4, dtype=D)], alpha=1.5)
    for equation, shapes in (("ij,jk->ik", [(2, 3), (3, 4)]), ("bij,bkj", [(2, 3, 4), (2, 2, 4)]),
                             ("...ij,...jk->...ik", [(2, 2, 3), (2, 3, 2)]), ("ii->i", [(3, 3)]), ("ij->", [(2, 3)])):
        case("Einsum", [rand(*shape) for shape in shapes], equation=equation)


def convolution():
    x, w = rand(1, 2, 5, 6), rand(3, 2, 3, 3)
    case("Conv", [x, w], 13, name="no bias")
    case("Conv", [x, w, rand(3)], pads=[1, 1, 1, 1], strides=[2, 1])
    case("Conv", [x, w, rand(3)], pads=[0, 2, 1, 0], kernel_shape=[3, 3])
    case("Conv", [x, w], dilations=[2, 1], pads=[2, 0, 2, 0])
    for auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        case("Conv", [x, w], auto_pad=auto, strides=[2, 2])
    case("Conv", [rand(1, 2, 5, 5), rand(1, 2, 2, 2)], auto_pad="SAME_LOWER", name="even kernel")
    case("Conv", [rand(1, 4, 5, 5), rand(4, 1, 3, 3), rand(4)], group=4, name="depthwise")
    case("Conv", [rand(1, 4, 5, 5), rand(6, 2, 1, 1)], group=2, name="groups")
    case("Conv", [rand(2, 2, 7), rand(3, 2, 3), rand(3)], pads=[1, 0], strides=[2], name="1d")
    case("Conv", [rand(1, 1, 3, 4, 4), rand(2, 1, 2, 2, 2)], pads=[0, 1, 0, 1, 0, 1], name="3d")
    x, w = rand(1, 2, 3, 4), rand(2, 3, 3, 3)
    case("ConvTranspose", [x, w], 13, name="no bias")
    case("ConvTranspose", [x, w, rand(3)], strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    case("ConvTranspose", [x, w, rand(3)], strides=[2, 3], pads=[0, 1, 2, 0])
    case("ConvTranspose", [x, w], strides=[2, 2], dilations=[2, 1])
    for auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        case("ConvTranspose", [x, w, rand(3)], strides=[2, 2], auto_pad=auto)
    for shape in ([6, 8], [7, 9], [6, 7]):
        case("ConvTranspose", [x, w, rand(3)], strides=[2, 2], output_shape=shape)
        case("ConvTranspose", [x, w], strides=[2, 2], output_shape=shape, auto_pad="SAME_UPPER")
    case("ConvTranspose", [rand(1, 4, 3, 3), rand(4, 1, 2, 2)], group=2, name="groups")
    case("ConvTranspose", [rand(1, 2, 4), rand(2, 2, 3)], strides=[2], pads=[1, 1], name="1d")


def pooling():
    x = rand(1, 2, 6, 7)
    case("MaxPool", [x], 13, kernel_shape=[2, 2])
    case("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    case("MaxPool", [x], kernel_shape=[3, 2], strides=[2, 2], pads=[0, 1, 2, 0])
    case("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 3], ceil_mode=1)
    case("MaxPool", [x], kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1, pads=[1, 1, 1, 1])
    case("MaxPool", [x], kernel_shape=[2, 3], dilations=[2, 2])
    for auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        case("MaxPool", [x], kernel_shape=[3, 2], strides=[2, 2], auto_pad=auto)
        case("AveragePool", [x], kernel_shape=[3, 2], strides=[2, 2], auto_pad=auto)
    case("MaxPool", [x], outputs=2, kernel_shape=[2, 2], strides=[2, 2], name="indices")
    case("MaxPool", [rand(2, 2, 5, 4)], outputs=2, kernel_shape=[3, 3], strides=[2, 1], pads=[1, 0, 0, 1],
         name="indices, padded")
    case("MaxPool", [rand(1, 2, 8)], kernel_shape=[3], strides=[2], pads=[1, 1], name="1d")
    case("MaxPool", [rand(1, 1, 3, 4, 4)], kernel_shape=[2, 2, 2], name="3d")
    case("MaxPool", [seq(1, 1, 4, 4, dtype=np.uint8)], kernel_shape=[2, 2], name="uint8")
    for count in (0, 1):
        case("AveragePool", [x], 13, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=count)
        case("AveragePool", [x], 13, kernel_shape=[3, 2], strides=[2, 2], pads=[0, 1, 2, 0], count_include_pad=count)
        case("AveragePool", [x], 19, kernel_shape=[3, 3], strides=[2, 3], pads=[1, 1, 1, 1], count_include_pad=count,
             ceil_mode=1)
        case("AveragePool", [x], 19, kernel_shape=[2, 3], dilations=[2, 2], pads=[1, 0, 1, 2], count_include_pad=count)
    case("AveragePool", [rand(1, 2, 8)], kernel_shape=[3], strides=[2], name="1d")
    case("AveragePool", [rand(1, 1, 3, 4, 4)], kernel_shape=[2, 2, 2], name="3d")
    case("AveragePool", [x], 19, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    for op in ("GlobalAveragePool", "GlobalMaxPool"):
        case(op, [rand(2, 3, 4, 5)], 13, name="2d")
        case(op, [rand(2, 3, 4)], 13, name="1d")


def normalization():
    x = rand(2, 4, 3, 3)
    bn = [rand(4), rand(4), rand(4), rand(4, low=0.1)]
    case("BatchNormalization", [x, *bn], [13, 14, 15], name="defaults")
    case("BatchNormalization", [rand(3, 4), *bn], 15, epsilon=0.1, momentum=0.5)
    case("LayerNormalization", [rand(2, 3, 4), rand(4), rand(4)], 17, outputs=3, name="defaults")
    case("LayerNormalization", [rand(2, 3, 4), rand(3, 4)], 17, axis=1, epsilon=0.01)
    case("LayerNormalization", [rand(2, 3, 4), rand(4), rand(4)], 17, outputs=["y", "", "d"], axis=-1)
    case("InstanceNormalization", [x, rand(4), rand(4)], 13, epsilon=0.01)
    case("InstanceNormalization", [rand(2, 4, 5), rand(4), rand(4)], 13, name="1d")
    case("GroupNormalization", [x, rand(2), rand(2)], 18, ort=False, num_groups=2)
    case("GroupNormalization", [x, rand(4), rand(4)], 21, ort=False, num_groups=2, epsilon=0.01)
    for size in (1, 3, 5):
        case("LRN", [rand(2, 6, 2, 2)], 13, size=size, alpha=0.3, beta=0.6, bias=1.5)
    for p in (1, 2):
        case("LpNormalization", [rand(2, 3)], 13, p=p)
        case("LpNormalization", [rand(2, 3)], 13, p=p, axis=0)
    case("MeanVarianceNormalization", [rand(2, 3, 2, 2)], 13, name="defaults")
    case("MeanVarianceNormalization", [rand(2, 3, 2, 2)], 13, axes=[0, 2])


def shape():
    x = rand(2, 3, 4)
    for name, to in (("plain", (4, 6)), ("-1", (2, -1)), ("0 copies", (0, 2, -1)), ("scalar", ())):
        value = x if name != "scalar" else rand(1)
        case("Reshape", [value, ints(*to)], [13, 14] if name == "plain" else 14, name=name)
    case("Reshape", [np.zeros((0, 3), F), ints(3, 0)], 14, allowzero=1)
    case("Reshape", [x, ints(-1)], 21, name="flat")
    for axis in (0, 1, 2, 3, -1):
        case("Flatten", [x], 13, axis=axis)
    case("Squeeze", [rand(1, 3, 1, 2), ints(0, -2)], [13, 21], name="axes")
    case("Squeeze", [rand(1, 3, 1, 2)], name="all")
    case("Unsqueeze", [rand(3, 2), ints(0, -1)], [13, 21], name="axes")
    case("Unsqueeze", [rand(3, 2), ints(3, 1)], name="out of order")
    case("Transpose", [x], 13, name="reversed")
    case("Transpose", [x], 21, perm=[1, 2, 0])
    case("Expand", [rand(3, 1), ints(2, 1, 4)], 13, name="both ways")
    case("Expand", [rand(3, 1), ints(1)], 13, name="nothing")
    case("Tile", [rand(2, 3), ints(2, 1)], 13, name="rows")
    case("Tile", [seq(2, dtype=np.int64), ints(3)], 13, name="int64")
    case("Shape", [x], [13, 15, 19], name="all")
    case("Shape", [x], 15, start=1)
    case("Shape", [x], 15, start=-2, end=-1)
    case("Shape", [x], 15, start=-9, end=9)
    case("Shape", [x], 15, start=2, end=1)
    case("Size", [x], [13, 19], name="float")
    case("DepthToSpace", [rand(1, 8, 2, 3)], 13, blocksize=2)
    case("DepthToSpace", [rand(1, 8, 2, 3)], 13, blocksize=2, mode="CRD")
    case("SpaceToDepth", [rand(1, 2, 4, 6)], 13, blocksize=2)


def join():
    case("Concat", [rand(2, 2), rand(2, 3)], 13, axis=1)
    case("Concat", [rand(2, 2), rand(1, 2), rand(3, 2)], 13, axis=-2)
    case("Concat", [ints(1), ints(2, 3)], 13, axis=0, name="int64")
    case("Split", [rand(6, 2)], 13, outputs=3, name="equal")
    case("Split", [rand(2, 6), ints(1, 5)], 13, outputs=2, axis=1)
    case("Split", [rand(2, 7)], 18, outputs=3, axis=-1, num_outputs=3)
    case("Split", [rand(6, 2), ints(2, 4)], 18, outputs=2, name="sizes")
    x = rand(4, 5)
    case("Slice", [x, ints(1), ints(3)], 13, name="one axis")
    case("Slice", [x, ints(1, 0), ints(-1, 4), ints(1, 0)], 13, name="axes")
    case("Slice", [x, ints(0, -1), ints(9, -9), ints(0, 1), ints(2, -2)], 13, name="backwards")
    case("Slice", [x, ints(-1), ints(-(2**63)), ints(0), ints(-1)], 13, name="to the very start")
    case("Slice", [x, ints(0), ints(2**63 - 1), ints(-1)], 13, name="to the very end")
    case("Slice", [x, ints(3), ints(1), ints(0)], 13, name="nothing")
    case("Slice", [x, ints(9), ints(-9), ints(1), ints(-3)], 13, name="clamped backwards")
    case("Slice", [x, ints(1, dtype=np.int32), ints(3, dtype=np.int32)], 13, name="int32")
    case("Pad", [rand(2, 3), ints(1, 0, 0, 2)], 13, name="zeros")
    case("Pad", [rand(2, 3), ints(1, 0, 0, 2), scalar(1.5, F)], 18, name="value")
    case("Pad", [rand(3, 4), ints(-1, 0, 0, 2), scalar(1.5, F)], 13, name="crops")
    case("Pad", [rand(3, 4), ints(1, 2, 2, 3)], 13, mode="reflect")
    case("Pad", [rand(3, 4), ints(1, 2, 2, 5)], 18, mode="edge")
    case("Pad", [rand(3, 4), ints(2, 1), None, ints(1)], 18, mode="reflect", name="axes")
    case("Pad", [rand(3, 4), ints(1, 2), scalar(3, F), ints(-1, dtype=np.int32)], 18, name="axes and value")
    case("Pad", [rand(3, 4), ints(2, 1, 1, 3)], 19, mode="wrap")
    case("Pad", [seq(2, 2, dtype=np.int64), ints(0, 1, 1, 0), scalar(-1)], 13, name="int64")


def gather():
    x = rand(3, 4)
    case("Gather", [x, ints(0, 2, -1)], 13, name="rows")
    case("Gather", [x, np.array([[0, 1], [3, -4]], np.int64)], 13, axis=1)
    case("Gather", [x, scalar(1)], 13, axis=-1, name="scalar")
    case("Gather", [x, ints(1, dtype=np.int32)], 13, name="int32")
    case("Gather", [x, np.zeros((0,), np.int64)], 13, name="none")
    case("GatherElements", [x, np.array([[0, 2], [1, -1]], np.int64)], 13, name="rows")
    case("GatherElements", [x, np.array([[3], [-4], [1]], np.int64)], 13, axis=1)
    case("GatherND", [x, np.array([[0, 1], [2, -1]], np.int64)], 13, name="elements")
    case("GatherND", [rand(2, 3, 2), np.array([[1], [0]], np.int64)], 13, name="slices")
    case("GatherND", [rand(2, 3, 2), np.array([[[2]], [[0]]], np.int64)], 13, batch_dims=1)
    case("GatherND", [rand(2, 2, 3, 2), seq(2, 2, 1, 2, dtype=np.int64) % 2], 13, batch_dims=2)
    case("Compress", [x, np.array([True, False, True])], 13, axis=0)
    case("Compress", [x, np.array([False, True, True, False, True])], 13, name="flat")
    case("NonZero", [np.array([[1, 0, 2], [0, 3, 0]], F)], 13, name="float")
    case("NonZero", [np.array([True, False, True])], 13, name="bool")
    case("ReverseSequence", [rand(4, 2, 3), ints(2, 4)], 13, name="time first")
    case("ReverseSequence", [rand(2, 4), ints(3, 1)], 13, batch_axis=0, time_axis=1)
    index = np.array([[0, 2, 1, -3]], np.int64)
    case("ScatterElements", [x, index, rand(1, 4)], 13, name="rows")
    case("ScatterElements", [x, np.array([[1], [0], [-1]], np.int64), rand(3, 1)], 16, axis=1)
    repeated = np.array([[0, 2, 1, 0], [0, 1, 1, 2]], np.int64)
    nd = np.array([[0], [2], [0]], np.int64)
    case("ScatterND", [x, ints(1, 2).reshape(1, 2), rand(1)], 13, name="element")
    case("ScatterND", [x, np.array([[2], [-3]], np.int64), rand(2, 4)], 13, name="rows")
    for opset, reductions in ((16, ("add", "mul")), (18, ("max", "min"))):
        for reduction in reductions:
            case("ScatterElements", [x, repeated, rand(2, 4)], opset, reduction=reduction)
            case("ScatterND", [x, nd, rand(3, 4)], opset, reduction=reduction)


def create():
    for key, value in (("value_float", 1.5), ("value_int", 3), ("value_floats", [1.0, 2.0]), ("value_ints", [1, 2, 3])):
        case("Constant", [], 13, **{key: value}, name=key)
    case("Constant", [], 13, value=numpy_helper.from_array(seq(2, 2)), name="tensor")
    case("ConstantOfShape", [ints(2, 3)], 13, name="zeros")
    case("ConstantOfShape", [ints(2, 3)], 13, value=numpy_helper.from_array(ints(7)), name="int64")
    case("ConstantOfShape", [np.zeros((0,), np.int64)], 20, value=numpy_helper.from_array(np.array([1.5], F)), name="scalar")
    case("Range", [scalar(1), scalar(10), scalar(3)], 13, name="int64")
    case("Range", [scalar(5), scalar(0), scalar(-2)], 13, name="down")
    case("Range", [scalar(0.5, F), scalar(2, F), scalar(0.4, F)], 13, name="float")
    case("Range", [scalar(3), scalar(1), scalar(1)], 13, name="empty")
    for k in (-1, 0, 1):
        case("EyeLike", [rand(2, 3)], 13, k=k)
        case("Trilu", [rand(2, 3, 4), scalar(k)], 14, upper=1, name=f"upper {k}")
        case("Trilu", [rand(2, 3, 4), scalar(k)], 14, upper=0, name=f"lower {k}")
    case("Trilu", [seq(3, 3, dtype=np.int64)], 14, name="int64")
    case("EyeLike", [rand(3, 3)], 13, dtype=T.INT64, name="int64")
    case("OneHot", [ints(0, 2, -1, 5), scalar(3), np.array([0, 1], F)], 13, name="last axis")
    case("OneHot", [np.array([[0, 1], [2, -3]], np.int64), ints(3), ints(-1, 4)], 13, axis=0)
    kinds = {"FLOAT": F, "DOUBLE": D, "INT32": np.int32, "INT64": np.int64, "UINT8": np.uint8, "BOOL": bool, "FLOAT16": H}
    for name in kinds:
        case("Cast", [np.array([0, 1.6, 2.5, 100], F)], 13, to=getattr(T, name), name=f"float to {name}")
    case("Cast", [np.array([True, False])], 13, to=T.FLOAT, name="bool to float")
    case("Cast", [ints(-3, 4)], 19, to=T.FLOAT, name="int64 to float")
    case("CastLike", [rand(3), ints(1)], 15, name="to int64")
    case("Dropout", [rand(2, 3)], 13, outputs=2, name="mask")
    case("Dropout", [rand(2, 3), scalar(0.7, F)], 13, name="ratio")


def resize():
    x = rand(1, 1, 4, 5)
    ways = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]
    up, down = np.array([1, 1, 2, 1.7], F), np.array([1, 1, 0.6, 0.5], F)
    for way in ways:
        for mode in ("nearest", "linear", "cubic"):
            for name, scales in (("up", up), ("down", down)):
                case("Resize", [x, None, scales], 13, mode=mode, coordinate_transformation_mode=way, name=f"{mode},{way},{name}")
    for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
        case("Resize", [x, None, np.array([1, 1, 1.5, 0.7], F)], 13, nearest_mode=rounding)
        case("Resize", [x, None, np.array([1, 1, 2, 2], F)], 13, nearest_mode=rounding,
             coordinate_transformation_mode="asymmetric", name=f"asymmetric,{rounding}")
    case("Resize", [x, None, None, ints(1, 1, 7, 3)], 13, mode="linear", name="sizes")
    case("Resize", [x, None, None, ints(1, 1, 1, 1)], 13, mode="linear", coordinate_transformation_mode="pytorch_half_pixel",
         name="to one")
    case("Resize", [x, None, up], 13, mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1)
    region = np.array([0, 0, 0.2, -0.3, 1, 1, 0.9, 1.2], F)
    for mode in ("linear", "nearest"):
        case("Resize", [x, region, None, ints(1, 1, 3, 6)], 13, mode=mode, extrapolation_value=7.0,
             coordinate_transformation_mode="tf_crop_and_resize", name=f"crop,{mode}")
    case("Resize", [x, None, None, ints(8, 4)], 18, axes=[2, 3], mode="linear", name="axes")
    for policy in ("not_larger", "not_smaller"):
        case("Resize", [x, None, None, ints(7, 7)], 18, axes=[2, 3], keep_aspect_ratio_policy=policy)
    case("Resize", [x, None, np.array([1, 1, 0.6, 1.3], F)], 19, mode="linear",
         coordinate_transformation_mode="half_pixel_symmetric", name="symmetric")
    case("Resize", [rand(1, 1, 6), None, np.array([1, 1, 1.5], F)], 13, mode="linear", name="1d")
    case("Resize", [rand(1, 1, 2, 3, 2), None, np.array([1, 1, 2, 2, 2], F)], 13, mode="linear", name="3d")
    for opset, modes in ((16, ("bilinear", "nearest", "bicubic")), (20, ("linear", "nearest", "cubic"))):
        for mode in modes:
            case("GridSample", [x, rand(1, 2, 3, 2, low=-1.3, high=1.3)], opset, mode=mode)
    for padding in ("border", "reflection"):
        case("GridSample", [x, rand(1, 2, 3, 2, low=-1.6, high=1.6)], 16, padding_mode=padding, align_corners=1)


def recurrent():
    t, n, i, h = 3, 2, 3, 4
    x, lengths = rand(t, n, i), ints(3, 1, dtype=np.int32)
    for op, gates in (("RNN", 1), ("GRU", 3), ("LSTM", 4)):
        outputs = 3 if op == "LSTM" else 2

        def weights(d):
            return [rand(d, gates * h, i), rand(d, gates * h, h), rand(d, 2 * gates * h)]

        initial = [rand(1, n, h)] + ([rand(1, n, h)] if op == "LSTM" else [])
        case(op, [x, *weights(1)[:2]], 13, outputs, hidden_size=h)
        case(op, [x, *weights(1), None, *initial], [13, 14], outputs, hidden_size=h, name="all inputs")
        case(op, [x, *weights(1)], 14, outputs, hidden_size=h, direction="reverse")
        case(op, [x, *weights(2)], 14, outputs, hidden_size=h, direction="bidirectional")
        for direction in ("forward", "reverse"):
            case(op, [x, *weights(1), lengths], 14, outputs, hidden_size=h, direction=direction, name=f"lengths,{direction}")
        case(op, [x * 3, *weights(1)], 14, outputs, hidden_size=h, clip=0.8)
    case("RNN", [x, rand(1, h, i), rand(1, h, h)], 14, 2, hidden_size=h, activations=["Relu"])
    w, r, b = rand(1, 3 * h, i), rand(1, 3 * h, h), rand(1, 6 * h)
    case("GRU", [x, w, r, b], 14, 2, hidden_size=h, linear_before_reset=1)
    case("GRU", [x, w, r, b], 14, 2, hidden_size=h, activations=["HardSigmoid", "Softsign"], activation_alpha=[0.3],
         activation_beta=[0.4], name="activations")
    w, r, b = rand(1, 4 * h, i), rand(1, 4 * h, h), rand(1, 8 * h)
    case("LSTM", [x, w, r, b, None, None, None, rand(1, 3 * h)], 14, 3, hidden_size=h, name="peepholes")
    case("LSTM", [x, w, r, b], 14, 3, hidden_size=h, input_forget=1)
    case("LSTM", [rand(n, t, i), w, r, b, None, rand(n, 1, h), rand(n, 1, h)], 14, 3, ort=False, hidden_size=h, layout=1)


def control():
    branches = {}
    for name, op in (("then_branch", "Neg"), ("else_branch", "Exp")):
        branches[name] = helper.make_graph([helper.make_node(op, ["x"], ["r"])], name, [],
                                           [helper.make_tensor_value_info("r", T.FLOAT, None)])
    for value in (True, False):
        node = helper.make_node("If", ["c"], ["y"], **branches)
        store(f"{value}", [node], {"c": scalar(value, bool), "x": rand(2)}, ["y"], 16)
    info = helper.make_tensor_value_info
    inner = helper.make_graph([helper.make_node("Mul", ["sum", "scale"], ["s"])], "t", [], [info("s", T.FLOAT, None)])
    other = helper.make_graph([helper.make_node("Identity", ["sum"], ["s"])], "e", [], [info("s", T.FLOAT, None)])
    body = helper.make_graph(
        [helper.make_node("Add", ["carried", "x"], ["sum"]),
         helper.make_node("Cast", ["round"], ["odd"], to=T.BOOL),
         helper.make_node("If", ["odd"], ["next"], then_branch=inner, else_branch=other),
         helper.make_node("ReduceSum", ["next"], ["total"], keepdims=0),
         helper.make_node("Less", ["total", "limit"], ["go"])], "body",
        [info("round", T.INT64, []), info("going", T.BOOL, []), info("carried", T.FLOAT, [2])],
        [info("go", T.BOOL, []), info("next", T.FLOAT, [2]), info("total", T.FLOAT, [])])
    values = {"m": scalar(6), "c": scalar(True, bool), "start": np.array([0.5, 1], F), "x": np.array([1, 2], F),
              "scale": scalar(1.5, F), "limit": scalar(30, F)}
    node = helper.make_node("Loop", ["m", "c", "start"], ["last", "totals"], body=body)
    store("stops by condition", [node], values, ["last", "totals"], 16)
    store("stops by count", [node], {**values, "m": scalar(2)}, ["last", "totals"], 13)
    chain = [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Add", ["a", "x"], ["b"]),
             helper.make_node("Mul", ["b", "b"], ["c"]), helper.make_node("Sub", ["c", "a"], ["d"])]
    store("a chain, outputs in between", chain, {"x": rand(2, 3)}, ["b", "d"], 17)


def antialias():
    """Last, so that the random numbers of the families above stay."""
    x = rand(1, 2, 9, 11)
    for mode in ("linear", "cubic"):
        for name, scales in (("down", [1, 1, 0.4, 0.3]), ("mixed", [1, 1, 0.5, 1.6]), ("up", [1, 1, 2, 1.5])):
            for outside in (0, 1):
                case("Resize", [x, None, np.array(scales, F)], 18, mode=mode, antialias=1, exclude_outside=outside,
                     name=f"antialias,{mode},{name},{outside}")
        for way in ("pytorch_half_pixel", "align_corners", "asymmetric"):
            case("Resize", [x, None, None, ints(1, 2, 4, 3)], 18, mode=mode, antialias=1,
                 coordinate_transformation_mode=way, name=f"antialias,{mode},{way}")
    case("Resize", [x, None, None, ints(1, 1)], 19, axes=[2, 3], mode="linear", antialias=1, name="antialias,to one")


def older():
    """What was an attribute before it became an input, and other spellings of opsets 7 to 12."""
    x, q = rand(2, 3, 4), rand(1, 3, 1, 4)
    case("Squeeze", [q], [7, 11], axes=[0, 2])
    case("Squeeze", [q], 11, name="all")
    case("Unsqueeze", [x], [7, 11], axes=[0, 3])
    case("ReduceSum", [x], [7, 11], axes=[0, 2], keepdims=0)
    case("ReduceSum", [x], 11, axes=[-1])
    case("ReduceMean", [x], [7, 11], axes=[1])
    case("Split", [x], [7, 11], 2, axis=1, split=[1, 2])
    case("Split", [x], 11, 2, axis=0, name="equal")
    case("Slice", [x], [7, 9], axes=[2, 0], starts=[-3, 0], ends=[100, 1])
    case("Slice", [x], 9, starts=[1], ends=[2])
    case("Slice", [x, ints(3), ints(0), ints(2), ints(-2)], [10, 11], name="inputs")
    for mode in ("constant", "reflect", "edge"):
        case("Pad", [x], [7, 10], pads=[0, 1, 0, 1, 0, 2], mode=mode)
    case("Pad", [x], 10, pads=[0, -1, 1, 0, 0, 2], value=1.5)
    case("Pad", [x, ints(0, 1, 0, 1, 0, 2), scalar(2.5, F)], 11, name="inputs")
    case("Clip", [x], [7, 10], min=-1.0, max=1.5)
    case("Clip", [x], 10, min=-1.0)
    case("Clip", [x], 10, name="neither")
    case("Clip", [x, scalar(-1, F), scalar(1, F)], [11, 12], name="inputs")
    for op in ("Softmax", "LogSoftmax", "Hardmax"):
        case(op, [x], [7, 11], name="defaults")
        for axis in (0, 1, 2):
            case(op, [x], [7, 11], axis=axis)
        case(op, [x], 11, axis=-2)
    case("Dropout", [x], [7, 10], ratio=0.3)
    case("Dropout", [x], 10, 2, ratio=0.3, name="mask")
    case("Dropout", [x, scalar(0.3, F)], 12, 2, name="inputs")
    case("TopK", [x], [7, 9], 2, k=2)
    case("TopK", [x], 9, 2, k=1, axis=0)
    case("TopK", [x, ints(2)], 10, 2, axis=1)
    case("TopK", [x, ints(2)], 11, 2, axis=1, largest=0)
    picture = rand(1, 2, 3, 4)
    moments = [rand(2), rand(2), rand(2), rand(2, low=0.5)]
    case("BatchNormalization", [picture, *moments], [7, 9], epsilon=1e-3)
    case("BatchNormalization", [picture, *moments], 7, spatial=1)
    for mode in ("nearest", "linear"):
        case("Upsample", [picture], 7, mode=mode, scales=[1.0, 1.0, 2.0, 1.5])
        case("Upsample", [picture, np.array([1, 1, 2, 3], F)], 9, mode=mode)
        case("Resize", [picture, np.array([1, 1, 2, 0.5], F)], 10, mode=mode)
    case("Resize", [picture, np.array([], F), np.array([1, 1, 2, 2], F)], 11, mode="nearest",
         coordinate_transformation_mode="tf_half_pixel_for_nn", nearest_mode="floor")
    case("Resize", [picture, np.array([], F), np.array([1, 1, 2, 2], F)], 11, mode="linear",
         coordinate_transformation_mode="pytorch_half_pixel")
    case("Scatter", [x, ints(0, 1).reshape(1, 1, 2), rand(1, 1, 2)], 9, axis=2)
    case("ScatterElements", [x, ints(0, -1).reshape(1, 1, 2), rand(1, 1, 2)], 11, axis=2)
    case("Gemm", [rand(2, 3), rand(3, 4), rand(4)], [7, 9, 11], name="bias")
    case("MaxPool", [picture], [7, 8, 10], kernel_shape=[2, 2])
    case("AveragePool", [picture], [7, 10], kernel_shape=[2, 2], pads=[1, 0, 0, 1], count_include_pad=1)
    case("Cast", [x], [7, 9], to=T.INT32)
    for op in ("Not", "GlobalAveragePool", "Softplus", "Softsign"):
        case(op, [np.array([True, False]) if op == "Not" else picture], 7, name="as it was in opset 1")


def newer():
    """Opsets 22 and 23, where the operators are those of 21."""
    x, picture = rand(2, 3, 4), rand(1, 2, 5, 5)
    for op in ("Acos", "Cosh", "Elu", "HardSwish", "Mish", "Round", "Selu", "Sin", "ThresholdedRelu"):
        case(op, [rand(4, low=-0.9, high=0.9)], 22, name="defaults")
    case("Conv", [picture, rand(3, 2, 3, 3)], [22, 23], pads=[1, 1, 1, 1])
    case("MaxPool", [picture], 22, kernel_shape=[2, 2])
    case("AveragePool", [picture], 22, kernel_shape=[2, 2], ceil_mode=1)
    case("InstanceNormalization", [picture, rand(2), rand(2)], 22, name="defaults")
    case("Transpose", [x], 23, perm=[2, 0, 1])
    case("Reshape", [x, ints(3, -1)], 23, name="defaults")
    case("Squeeze", [rand(1, 3), ints(0)], 23, name="input")
    case("Cast", [x], 23, to=T.INT64)
    case("Pad", [x, ints(0, 1, 0, 1, 0, 2)], 23, mode="wrap")


def transposed_shapes():
    """An output_shape on both sides of what the window gives."""
    x, w = rand(1, 2, 3), rand(2, 2, 3)
    for shape in (5, 6, 7, 8):
        case("ConvTranspose", [x, w], 11, strides=[2], output_shape=[shape])
    case("ConvTranspose", [x, w, rand(2)], 11, strides=[3], output_shape=[11], name="bias")
    case("ConvTranspose", [x, w], 11, strides=[2], output_shape=[8], output_padding=[1])
    for auto in ("SAME_UPPER", "SAME_LOWER"):
        case("ConvTranspose", [x, w], 11, strides=[2], auto_pad=auto)
        case("ConvTranspose", [x, w], 11, strides=[2], auto_pad=auto, output_shape=[5])
    case("ConvTranspose", [rand(1, 1, 3, 3), rand(1, 2, 3, 3)], 11, strides=[3, 2], output_shape=[10, 8])


def types():
    """Unsigned numbers of more than 8 bits, and others that are seldom met."""
    for dtype in (np.uint16, np.uint32, np.uint64):
        a, b = ints(3, 200, 7, dtype=dtype), ints(5, 2, 7, dtype=dtype)
        word = np.dtype(dtype).name
        for op in ("Max", "Min", "Mod", "Add", "Sub", "Mul", "Div"):
            case(op, [a, b], 14, name=word, ort=False)
        for op in ("Less", "GreaterOrEqual", "Equal"):
            case(op, [a, b], 16, name=word, ort=False)
        for way in ("LEFT", "RIGHT"):
            case("BitShift", [a, ints(1, 3, 2, dtype=dtype)], 11, direction=way, name=f"{word},{way}", ort=False)
        case("BitwiseNot", [a], 18, name=word, ort=False)
        case("Where", [np.array([True, False, True]), a, b], 16, name=word, ort=False)
        case("Clip", [a, scalar(4, dtype), scalar(100, dtype)], 13, name=word, ort=False)
        case("GatherElements", [a, ints(2, 0)], 13, name=word, ort=False)
        case("ScatterElements", [a, ints(2, 0), ints(9, 8, dtype=dtype)], 13, name=word, ort=False)
    for dtype in (np.uint32, np.uint64):
        word, m = np.dtype(dtype).name, seq(2, 3, dtype=dtype)
        for op in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"):
            case(op, [m, ints(1)], 18, name=word, ort=False)
        case("MatMul", [m, seq(3, 2, dtype=dtype)], 13, name=word, ort=False)
        case("Gemm", [m, seq(3, 2, dtype=dtype), ints(1, 2, dtype=dtype)], 13, name=word, ort=False)
    points = rand(1, 2, 2, 2, low=-1, high=1)
    for dtype in (D, np.int32, np.uint8):
        case("GridSample", [seq(1, 1, 3, 3, dtype=dtype), points], 20, mode="nearest", name=np.dtype(dtype).name, ort=False)
    for dtype in (np.int32, np.int64):
        case("Gemm", [seq(2, 3, dtype=dtype), seq(3, 2, dtype=dtype), ints(1, 2, dtype=dtype)], 13,
             name=np.dtype(dtype).name, ort=False)
    for dtype in (np.uint8, np.int32):
        case("Resize", [seq(1, 1, 2, 2, dtype=dtype) + dtype(1), None, np.array([1, 1, 2, 2], F)], 18, mode="linear",
             name=np.dtype(dtype).name)
    for dtype in (np.int8, np.int64, np.uint16):
        case("Shrink", [ints(0, 1, 2, 5, dtype=dtype)], 9, lambd=1.5, bias=1.5, name=np.dtype(dtype).name, ort=False)
        case("Erf", [ints(0, 1, 2, 5, dtype=dtype)], 13, name=np.dtype(dtype).name, ort=False)
    for op in ("ReduceMax", "ReduceMin"):
        case(op, [np.zeros((2, 0, 3), F), ints(1)], 20, name="of nothing", ort=False)
        case(op, [np.zeros((2, 0, 3), np.int32), ints(1)], 20, name="of nothing,int32", ort=False)
    case("MaxPool", [rand(2, 2, 4, 5)], 12, 2, kernel_shape=[2, 2], strides=[2, 2], storage_order=1)
    case("MaxPool", [rand(1, 1, 3, 4, 5)], 12, 2, kernel_shape=[2, 2, 2], pads=[1, 0, 0, 0, 1, 0], storage_order=1)
    case("Resize", [rand(1, 1, 4, 4), np.array([0.1, 0.6, 0.4, 0.9], F), None, ints(3, 2)], 18, axes=[3, 2], mode="linear",
         coordinate_transformation_mode="tf_crop_and_resize", name="region of two axes", ort=False)
    case("Resize", [rand(1, 1, 2, 4), None, np.array([1, 1, 0.6, 0.6], F)], 18, mode="linear",
         coordinate_transformation_mode="align_corners", name="no whole size", ort=False)


def main():
    for family in (elementwise, unary, comparison, activation, reduction, matrix, convolution, pooling, normalization, shape,
                   join, gather, create, resize, recurrent, control, antialias, older, newer, transposed_shapes, types):
        family()
    tensors = []
    for key, (model, inputs, outputs) in cases.items():
        data = np.frombuffer(model.SerializeToString(deterministic=True), np.uint8)
        tensors.append(numpy_helper.from_array(data, key))
        tensors += [numpy_helper.from_array(np.asarray(value), f"{key}<{name}") for name, value in inputs.items()]
        tensors += [numpy_helper.from_array(np.asarray(value), f"{key}>{name}") for name, value in outputs.items()]
    container = helper.make_model(helper.make_graph([], "cases", [], [], tensors), ir_version=8,
                                  opset_imports=[helper.make_opsetid("", 17)])
    path = pathlib.Path(__file__).parent / "onnx_operators.onnx"
    path.write_bytes(container.SerializeToString(deterministic=True))
    print(len(cases), "cases,", path.stat().st_size, "bytes; by onnx.reference:", by_reference)
    for each in skipped:
        print("skipped:", *each)


if __name__ == "__main__":
    main()
