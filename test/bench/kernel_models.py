#!/usr/bin/python3
"""kernel_models.py FOLDER: makes FOLDER/models/NAME/model.onnx of each kernel that `bench.py kernels` measures, and
FOLDER/kernels.json: {NAME: {"kind": f32, int8 or bytes, "work": operations or bytes of a run}}."""
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(0)
KERNELS = {}


def floats(*dims):
    return (random.random(dims, np.float32) * 2 - 1) / np.sqrt(dims[0] if len(dims) < 3 else np.prod(dims[1:]))


def bytes_of(dims, dtype):
    return random.integers(0, 256, dims).astype(np.uint8).view(dtype)


def add(name, kind, work, nodes, inputs, output, weights=None):
    """One kernel; inputs and output are (name, type, dims), a node (op, inputs, outputs, attributes)."""
    made = [helper.make_node(op, ins, outs, **attributes) for op, ins, outs, attributes in nodes]
    value = lambda name, type, dims: helper.make_tensor_value_info(name, type, dims)
    constants = [numpy_helper.from_array(np.asarray(array), key) for key, array in (weights or {}).items()]
    graph = helper.make_graph(made, name, [value(*i) for i in inputs], [value(*output)], constants)
    # python3-onnx may be older than the operators; nothing is checked here.
    domains = {"com.microsoft"} & {attributes.get("domain") for _, _, _, attributes in nodes}
    opsets = [helper.make_opsetid("", 17)] + [helper.make_opsetid(domain, 1) for domain in domains]
    model = helper.make_model(graph, opset_imports=opsets)
    model.ir_version = 8
    KERNELS[name] = ({"kind": kind, "work": work}, model)


F, U8, I8, I32 = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32


def products():
    for m, k, n in ((128, 128, 128), (256, 256, 256), (512, 512, 512), (1024, 1024, 1024), (16, 1024, 4096), (8, 1024, 4096),
                    (4, 1024, 4096), (100, 300, 500), (197, 768, 3072)):
        add(f"gemm_{m}x{k}x{n}", "f32", 2 * m * k * n, [("MatMul", ["a", "b"], ["y"], {})], [("a", F, [m, k])],
            ("y", F, [m, n]), {"b": floats(k, n)})
    for k, n in ((256, 1024), (1024, 4096), (4096, 4096)):
        add(f"gemv_{k}x{n}", "bytes", 4 * k * n, [("MatMul", ["a", "b"], ["y"], {})], [("a", F, [1, k])], ("y", F, [1, n]),
            {"b": floats(k, n)})
    add("gemm_512_two_inputs", "f32", 2 * 512 ** 3, [("MatMul", ["a", "b"], ["y"], {})], [("a", F, [512, 512]), ("b", F, [512, 512])],
        ("y", F, [512, 512]))
    add("gemm_512_bias_gelu", "f32", 2 * 512 ** 3,
        [("MatMul", ["a", "b"], ["p"], {}), ("Add", ["p", "c"], ["x"], {}), ("Div", ["x", "root"], ["s"], {}), ("Erf", ["s"], ["e"], {}),
         ("Add", ["e", "one"], ["f"], {}), ("Mul", ["x", "f"], ["g"], {}), ("Mul", ["g", "half"], ["y"], {})],
        [("a", F, [512, 512])], ("y", F, [512, 512]),
        {"b": floats(512, 512), "c": floats(512), "root": np.float32(2 ** 0.5), "one": np.float32(1), "half": np.float32(0.5)})
    for m, k, n in ((512, 512, 512), (1, 1024, 4096)):
        add(f"gemm_u8s8_{m}x{k}x{n}", "int8" if m > 1 else "bytes", 2 * m * k * n if m > 1 else k * n,
            [("MatMulInteger", ["a", "b", "z"], ["y"], {})], [("a", U8, [m, k])], ("y", I32, [m, n]),
            {"b": bytes_of((k, n), np.int8), "z": np.uint8(5)})
    add("gemm_qlinear_512", "int8", 2 * 512 ** 3, [("QLinearMatMul", ["a", "as", "az", "b", "bs", "bz", "ys", "yz"], ["y"], {})],
        [("a", U8, [512, 512])], ("y", U8, [512, 512]),
        {"as": np.float32(.02), "az": np.uint8(5), "b": bytes_of((512, 512), np.int8), "bs": np.float32(.01), "bz": np.int8(0),
         "ys": np.float32(.5), "yz": np.uint8(5)})
    k, n = 4096, 4096
    add(f"gemv_int4_{k}x{n}", "bytes", k * n // 2 + k // 32 * n * 4,
        [("MatMulNBits", ["a", "q", "s"], ["y"], {"domain": "com.microsoft", "K": k, "N": n, "bits": 4, "block_size": 32})],
        [("a", F, [1, k])], ("y", F, [1, n]),
        {"q": bytes_of((n, k // 32, 16), np.uint8), "s": random.random(n * k // 32, np.float32) * np.float32(.01)})


def convolutions():
    for name, group, c, f, kernel, size, stride in (
            ("3x3_64_64_56", 1, 64, 64, 3, 56, 1), ("3x3_256_256_14", 1, 256, 256, 3, 14, 1), ("3x3s2_64_128_56", 1, 64, 128, 3, 56, 2),
            ("1x1_64_256_56", 1, 64, 256, 1, 56, 1), ("1x1_256_64_56", 1, 256, 64, 1, 56, 1), ("1x1_960_160_7", 1, 960, 160, 1, 7, 1),
            ("7x7s2_3_64_224", 1, 3, 64, 7, 224, 2), ("3x3s2_3_32_224", 1, 3, 32, 3, 224, 2), ("dw3x3_128_56", 128, 128, 128, 3, 56, 1),
            ("dw3x3s2_96_112", 96, 96, 96, 3, 112, 2), ("dw5x5_240_28", 240, 240, 240, 5, 28, 1), ("groups32_3x3_256_28", 32, 256, 256, 3, 28, 1)):
        out = (size + 2 * (kernel // 2) - kernel) // stride + 1
        depthwise = group == c
        work = 4 * (c * size * size + f * out * out) if depthwise else 2 * f * out * out * c // group * kernel * kernel
        add(f"conv_{name}", "bytes" if depthwise else "f32", work,
            [("Conv", ["x", "w", "b"], ["y"], {"pads": [kernel // 2] * 4, "strides": [stride] * 2, "group": group})],
            [("x", F, [1, c, size, size])], ("y", F, [1, f, out, out]), {"w": floats(f, c // group, kernel, kernel), "b": floats(f)})
    add("conv_u8s8_3x3_64_64_56", "int8", 2 * 64 * 56 * 56 * 64 * 9, [("QLinearConv", ["x", "s", "z", "w", "s", "i", "t", "z"], ["y"], {"pads": [1] * 4})],
        [("x", U8, [1, 64, 56, 56])], ("y", U8, [1, 64, 56, 56]),
        {"s": np.float32(.02), "z": np.uint8(128), "w": bytes_of((64, 64, 3, 3), np.int8), "i": np.int8(0), "t": np.float32(.5)})
    add("convtranspose_4x4s2_64_32_28", "f32", 2 * 64 * 32 * 28 * 28 * 16, [("ConvTranspose", ["x", "w"], ["y"], {"pads": [1] * 4, "strides": [2] * 2})],
        [("x", F, [1, 64, 28, 28])], ("y", F, [1, 32, 56, 56]), {"w": floats(64, 32, 4, 4)})
    add("convtranspose_3x3s2_64_64_28", "f32", 2 * 64 * 64 * 28 * 28 * 9,
        [("ConvTranspose", ["x", "w"], ["y"], {"pads": [1] * 4, "strides": [2] * 2, "output_padding": [1] * 2})],
        [("x", F, [1, 64, 28, 28])], ("y", F, [1, 64, 56, 56]), {"w": floats(64, 64, 3, 3)})
    add("maxpool_3x3s2_64_112", "bytes", 4 * 64 * (112 * 112 + 56 * 56), [("MaxPool", ["x"], ["y"], {"kernel_shape": [3] * 2, "strides": [2] * 2, "pads": [1] * 4})],
        [("x", F, [1, 64, 112, 112])], ("y", F, [1, 64, 56, 56]))


def by_rows():
    """What reads and writes each element a few times at most: bytes are those of inputs and output."""
    x, y = [("x", F, [512, 768])], ("y", F, [512, 768])
    both = 8 * 512 * 768
    add("softmax_512x768", "bytes", both, [("Softmax", ["x"], ["y"], {"axis": -1})], x, y)
    scale = {"g": floats(768), "b": floats(768)}
    add("layernorm_512x768", "bytes", both, [("LayerNormalization", ["x", "g", "b"], ["y"], {"axis": -1})], x, y, scale)
    image = 8 * 21 * 65 * 65
    add("softmax_channels_21_65", "bytes", image, [("Softmax", ["x"], ["y"], {"axis": 1})],
        [("x", F, [1, 21, 65, 65])], ("y", F, [1, 21, 65, 65]))
    add("rmsnorm_512x768", "bytes", both,
        [("Mul", ["x", "x"], ["q"], {}), ("ReduceMean", ["q"], ["m"], {"axes": [-1]}), ("Add", ["m", "e"], ["v"], {}), ("Sqrt", ["v"], ["r"], {}),
         ("Div", ["x", "r"], ["n"], {}), ("Mul", ["n", "g"], ["y"], {})], x, y, {"e": np.float32(1e-5), "g": floats(768)})
    add("gelu_512x768", "bytes", both,
        [("Div", ["x", "root"], ["s"], {}), ("Erf", ["s"], ["e"], {}), ("Add", ["e", "one"], ["f"], {}), ("Mul", ["x", "f"], ["g"], {}),
         ("Mul", ["g", "half"], ["y"], {})], x, y, {"root": np.float32(2 ** 0.5), "one": np.float32(1), "half": np.float32(0.5)})
    for op in "Relu", "Sigmoid", "Tanh", "Exp":
        add(f"{op.lower()}_512x768", "bytes", both, [(op, ["x"], ["y"], {})], x, y)
    add("add_512x768", "bytes", both * 3 // 2, [("Add", ["x", "z"], ["y"], {})], x + [("z", F, [512, 768])], y)
    add("transpose_512x768", "bytes", both, [("Transpose", ["x"], ["y"], {"perm": [1, 0]})], x, ("y", F, [768, 512]))
    add("reducemax_512x768", "bytes", both // 2, [("ReduceMax", ["x"], ["y"], {"axes": [-1]})], x, ("y", F, [512, 1]))


def attention():
    for heads, rows, size in ((12, 128, 64), (12, 512, 64), (12, 2048, 64)):
        dims = [1, heads, rows, size]
        add(f"attention_{heads}x{rows}x{size}", "f32", 4 * heads * rows * rows * size,
            [("Transpose", ["k"], ["t"], {"perm": [0, 1, 3, 2]}), ("MatMul", ["q", "t"], ["s"], {}), ("Mul", ["s", "scale"], ["u"], {}),
             ("Softmax", ["u"], ["p"], {"axis": -1}), ("MatMul", ["p", "v"], ["y"], {})],
            [(name, F, dims) for name in "qkv"], ("y", F, dims), {"scale": np.float32(size ** -0.5)})
    steps, size = 32, 128
    add(f"lstm_{steps}x{size}", "f32", 2 * steps * 4 * size * 2 * size, [("LSTM", ["x", "w", "r", "b"], ["", "y"], {"hidden_size": size})],
        [("x", F, [steps, 1, size])], ("y", F, [1, 1, size]),
        {"w": floats(1, 4 * size, size), "r": floats(1, 4 * size, size), "b": floats(1, 8 * size)})


def main():
    folder = pathlib.Path(sys.argv[1])
    for family in products, convolutions, by_rows, attention:
        family()
    for name, (_, model) in KERNELS.items():
        path = folder / "models" / name
        path.mkdir(parents=True, exist_ok=True)
        (path / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "kernels.json").write_text(json.dumps({name: facts for name, (facts, _) in KERNELS.items()}))


if __name__ == "__main__":
    main()
