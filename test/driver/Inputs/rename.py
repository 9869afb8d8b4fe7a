"""Gives the values of a model names that only protobuf can hold:  rename.py IN.onnx OUT.onnx"""
import sys

import onnx

model = onnx.load(sys.argv[1])
graph = model.graph
names = dict(zip((value.name for value in [*graph.input, *graph.output]),
                 ["1st", "a/b.c", "a.b/c", "*/", "/*", "", "ü ber", "new\nline", "back\\", "%s", "\"", "??/", "y 1", "y-1"]))
names = {old: new or "empty" for old, new in names.items()}
for value in [*graph.input, *graph.output]:
    value.name = names[value.name]
for node in graph.node:
    node.input[:] = [names[name] for name in node.input]
    node.output[:] = [names[name] for name in node.output]
shape = graph.input[0].type.tensor_type.shape
shape.dim[0].dim_param = "a*/b"
for value in graph.input[1:8]:
    value.type.tensor_type.shape.dim[0].dim_param = "a*/b"
onnx.save(model, sys.argv[2])
