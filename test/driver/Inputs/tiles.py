"""Of one product of each kind: the instruction that its hottest loop is made of, how often, and spills there.

    tiles.py COILC FOLDER TARGET PRODUCT...

A product is TYPE:ROWSxTERMSxCOLUMNS of a matrix product by a constant, or conv:TYPE:CHANNELS of a 3x3 convolution."""
import collections
import pathlib
import re
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "bench")]
from inner_loops import SPILL, loops  # noqa: E402

PRODUCT = re.compile(r"\s*(fmla|sdot|usdot|sudot|smmla|usmmla|bfmmla|bfdot|vpdpbusd|vdpbf16ps|vfmadd\w+)\s+(.*)")
TYPES = {"f32": TensorProto.FLOAT, "f16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16, "u8s8": TensorProto.UINT8,
         "s8s8": TensorProto.INT8}


def weights(name, element, shape):
    generator = np.random.default_rng(0)
    if element.endswith("s8"):
        return numpy_helper.from_array(generator.integers(-128, 127, shape, dtype=np.int8), name)
    return helper.make_tensor(name, TYPES[element], shape, generator.uniform(-1, 1, shape).astype(np.float32).ravel())


def model(product):
    words = product.split(":")
    if words[0] == "conv":
        element, channels = words[1], int(words[2])
        shapes = [1, channels, 28, 28], [1, channels, 26, 26], [channels, channels, 3, 3]
        operator = "ConvInteger" if element.endswith("s8") else "Conv"
    else:
        element, (rows, terms, columns) = words[0], map(int, words[1].split("x"))
        shapes = [rows, terms], [rows, columns], [terms, columns]
        operator = "MatMulInteger" if element.endswith("s8") else "MatMul"
    result = TensorProto.INT32 if element.endswith("s8") else TYPES[element]
    graph = helper.make_graph([helper.make_node(operator, ["x", "w"], ["y"])], "tile",
                              [helper.make_tensor_value_info("x", TYPES[element], shapes[0])],
                              [helper.make_tensor_value_info("y", result, shapes[1])], [weights("w", element, shapes[2])])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)


def main():
    coilc, folder, target, *products = sys.argv[1:]
    for product in products:
        path = pathlib.Path(folder) / "model.onnx"
        onnx.save(model(product), path)
        assembly = subprocess.run([coilc, str(path), "-o", "-", f"--target={target}", "--emit=asm"], check=True,
                                  capture_output=True, text=True).stdout
        hottest = max(loops(assembly), key=lambda body: sum(bool(PRODUCT.match(line)) for line in body), default=[])
        found = collections.Counter()
        for line in hottest:
            if match := PRODUCT.match(line):
                lanes = re.search(r"\.\d+[bhsd]\b", match[2])
                found[match[1] + (lanes[0] if lanes else "")] += 1
        (name, count), = found.most_common(1) or [("nothing", 0)]
        print(f"{target} {product}: {count} {name}, {sum(bool(SPILL.match(line)) for line in hottest)} spills")


main()
