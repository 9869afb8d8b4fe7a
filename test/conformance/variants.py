#!/usr/bin/python3
"""Other forms of ONNX's cases, with the same data:  variants.py VARIANT < LIST

LIST has a line `CASE <tab> NEW` for each case, both folders. Where the variant applies, NEW is written; its lines go to
the output. A process of its own, because onnx is large.

  dynamic   each dimension of inputs and outputs is a symbol of its own: nothing but ranks is known
  constant  small inputs behind the first are constants, as exporters write parameters
"""
import pathlib
import sys

import onnx

FEW = 64  # elements of what is small


def is_tensor(value):
    return value.type.WhichOneof("value") == "tensor_type"


def free_inputs(graph):
    constants = {tensor.name for tensor in graph.initializer} | {t.values.name for t in graph.sparse_initializer}
    return [value for value in graph.input if value.name not in constants]


def dynamic(model, sets):
    """Changes the model; the inputs that are left, by their numbers, or None where the variant does not apply:
    no input has a dimension to be made unknown."""
    count = 0
    inputs = free_inputs(model.graph)
    for letter, values in ("i", inputs), ("o", model.graph.output):
        for k, value in enumerate(values):
            if not is_tensor(value):
                continue
            for axis, dim in enumerate(value.type.tensor_type.shape.dim):
                count += letter == "i" and dim.HasField("dim_value")
                dim.dim_param = f"{letter}{k}_{axis}"
    del model.graph.value_info[:]
    return list(range(len(inputs))) if count else None


def constant(model, sets):
    if len(sets) != 1:
        return None
    left, inputs = [], free_inputs(model.graph)
    for k, value in enumerate(inputs):
        data = sets[0] / f"input_{k}.pb"
        if k == 0 or not is_tensor(value) or not data.exists():
            left.append(k)
            continue
        tensor = onnx.TensorProto.FromString(data.read_bytes())
        elements = 1
        for size in tensor.dims:
            elements *= size
        if elements > FEW:
            left.append(k)
            continue
        tensor.name = value.name
        model.graph.initializer.append(tensor)
        model.graph.input.remove(value)
    return left if len(left) < len(inputs) else None


def write(case, new, change):
    model = onnx.load(case / "model.onnx", load_external_data=False)
    sets = sorted(case.glob("test_data_set_*"))
    left = change(model, sets)
    if left is None:
        return False
    new.mkdir(parents=True)
    (new / "model.onnx").write_bytes(model.SerializeToString())
    if (case / "data.json").exists():
        (new / "data.json").symlink_to((case / "data.json").resolve())
    for data in sets:
        folder = new / data.name
        folder.mkdir()
        for k, number in enumerate(left):
            if (data / f"input_{number}.pb").exists():
                (folder / f"input_{k}.pb").symlink_to((data / f"input_{number}.pb").resolve())
        for output in data.glob("output_*.pb"):
            (folder / output.name).symlink_to(output.resolve())
    return True


def main():
    change = {"dynamic": dynamic, "constant": constant}[sys.argv[1]]
    for line in sys.stdin:
        case, new = map(pathlib.Path, line.rstrip("\n").split("\t"))
        if write(case, new, change):
            print(line, end="")


if __name__ == "__main__":
    main()
