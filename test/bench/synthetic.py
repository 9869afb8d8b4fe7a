#!/usr/bin/python3
"""synthetic.py NAME FOLDER: makes FOLDER/model.onnx of one of the models that README.md lists."""
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper


def layers(count, size, folder=None):
    """MatMul, Add and Relu, `count` times; with a folder, the matrices are external data in it."""
    random = np.random.default_rng(0)
    nodes, weights, value = [], [], "x"
    for i in range(count):
        matrix = onnx.TensorProto(name=f"w{i}", data_type=TensorProto.FLOAT, dims=[size, size])
        data = random.standard_normal((size, size), np.float32).tobytes()
        if folder:
            (folder / f"w{i}.bin").write_bytes(data)
            matrix.data_location = TensorProto.EXTERNAL
            matrix.external_data.add(key="location", value=f"w{i}.bin")
        else:
            matrix.raw_data = data
        weights += [matrix, helper.make_tensor(f"b{i}", TensorProto.FLOAT, [size], random.standard_normal(size))]
        nodes += [helper.make_node("MatMul", [value, f"w{i}"], [f"m{i}"]),
                  helper.make_node("Add", [f"m{i}", f"b{i}"], [f"a{i}"]), helper.make_node("Relu", [f"a{i}"], [f"r{i}"])]
        value = f"r{i}"
    return nodes, value, weights, [4, size]


def make(name, folder):
    if name == "one-op":
        nodes, result, weights, shape = [helper.make_node("Relu", ["x"], ["y"])], "y", [], [4, 16]
    elif name == "thirty-nodes":
        nodes, result, weights, shape = layers(10, 64)
    elif name == "large-weights":
        nodes, result, weights, shape = layers(4, 3584, folder)
    else:
        sys.exit(f"no synthetic model '{name}'")
    io = lambda value: helper.make_tensor_value_info(value, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, name, [io("x")], [io(result)], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(make(name, folder).SerializeToString())


if __name__ == "__main__":
    main()
